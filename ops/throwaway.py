"""Throw-away services and stacks on random ports: for tests, rehearsals and benchmarks."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ops.environment import Secrets, generate_secrets, isolated_environment, load_secrets
from ops.places import RUN_DIR, passable, remove_tree, service_account, state_dir
from ops.ports import random_free_port
from ops.postgres import Cluster, find_binaries
from ops.supervisor import Supervisor
from ops.valkey import Valkey

# Tests create databases as the owner and then take the run-time role.
TEST_GRANT = "grant app_rt to app_owner"


@dataclass(frozen=True, slots=True)
class Services:
    """Running throw-away PostgreSQL and Valkey, and the environment that points at them."""

    folder: Path
    cluster: Cluster
    valkey: Valkey
    secrets: Secrets
    environment: dict[str, str]
    supervisor: Supervisor


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """A new folder that the database account may pass through; deleted at the end."""
    folder = Path(tempfile.mkdtemp(prefix="fairdial-"))
    try:
        yield passable(folder)
    finally:
        remove_tree(folder)


@contextmanager
def throwaway_services(folder: Path | None = None) -> Iterator[Services]:
    """Run PostgreSQL (roles and an empty database in it) and Valkey on random ports; stop them at the end.

    Their data is deleted at the end, or stays in `folder` for the next run when that is given. The environment holds
    DATABASE_URL (run-time role), DATABASE_OWNER_URL, VALKEY_URL, CELERY_BROKER_URL, MEDIA_ROOT and new secrets, and
    nothing of the caller's services. Raises ProcessFailed, PostgresUnusable or ValkeyUnusable.
    """
    if folder is None:
        with temporary_folder() as temporary, throwaway_services(temporary) as services:
            yield services
        return
    supervisor = Supervisor()
    try:
        yield start_services(passable(folder), supervisor)
    finally:
        supervisor.stop()


def start_services(folder: Path, supervisor: Supervisor) -> Services:
    """Start PostgreSQL and Valkey with their data in `folder`."""
    account = service_account()
    secrets = load_secrets(folder / "secrets.json")
    cluster = Cluster(
        folder=folder / "postgres",
        port=random_free_port(),
        passwords=secrets.passwords,
        binaries=find_binaries(account, state_dir(account)),
        account=account,
        log=folder / "postgres.log",
        is_throwaway=True,
    )
    valkey = Valkey(
        folder=folder / "valkey",
        port=random_free_port(),
        password=secrets.valkey_password,
        log=folder / "valkey.log",
        is_throwaway=True,
    )
    cluster.initialise()
    supervisor.start(cluster.process(), valkey.process())
    cluster.create_roles()
    return Services(
        folder=folder,
        cluster=cluster,
        valkey=valkey,
        secrets=secrets,
        environment={
            **isolated_environment(os.environ),
            "SECRET_KEY": secrets.secret_key,
            "FIELD_KEYS": secrets.field_key,
            "DATABASE_URL": cluster.runtime_url,
            "DATABASE_OWNER_URL": cluster.owner_url,
            "VALKEY_URL": valkey.url(0),
            "CELERY_BROKER_URL": valkey.url(1),
            "MEDIA_ROOT": str(folder / "media"),
        },
        supervisor=supervisor,
    )
