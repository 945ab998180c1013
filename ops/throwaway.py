"""Throw-away services and stacks on random ports: for tests, rehearsals and benchmarks.

As a program it runs a command on throw-away PostgreSQL and Valkey: `ops/throwaway.py COMMAND [ARGUMENTS]`.
"""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import FrameType

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from ops.environment import Secrets, catching_mail, isolated_environment, load_secrets
from ops.places import ROOT, passable, private_folder, remove_tree, service_account, state_dir
from ops.ports import HOST, random_free_port, reserving
from ops.postgres import Cluster, find_binaries
from ops.programs import Programs
from ops.simulated_clock import SimulatedClock
from ops.supervisor import Supervisor, die_with
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
    """A new folder that the database account may pass through; deleted at the end, or by a later run if we are killed."""
    delete_leftovers()
    folder = Path(tempfile.mkdtemp(prefix=f"fairdial-{os.getpid()}-"))
    try:
        yield passable(folder)
    finally:
        remove_tree(folder)


def delete_leftovers() -> None:
    """Delete our own temporary folders whose makers are gone."""
    for folder in Path(tempfile.gettempdir()).glob("fairdial-*-*"):
        maker = folder.name.split("-")[1]
        with suppress(FileNotFoundError):  # a parallel run was quicker
            if maker.isdigit() and folder.stat().st_uid == os.getuid() and not is_running(int(maker)):
                remove_tree(folder)


def is_running(pid: int) -> bool:
    """Whether there is a process of this number."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


@contextmanager
def throwaway_services(folder: Path | None = None) -> Iterator[Services]:
    """Run PostgreSQL (roles and an empty database in it) and Valkey on random ports; stop them at the end.

    Their data is deleted at the end, or stays in `folder` for the next run when that is given. The environment holds
    DATABASE_URL (run-time role), DATABASE_OWNER_URL, VALKEY_URL, CELERY_BROKER_URL, MEDIA_ROOT and new secrets, and
    nothing of the caller's services. Raises ProcessError, PostgresError or ValkeyError.
    """
    if folder is None:
        with temporary_folder() as temporary, throwaway_services(temporary) as services:
            yield services
        return
    supervisor = Supervisor()
    with reserving():
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


@dataclass(frozen=True, slots=True)
class Stack:
    """A whole running platform on throw-away services."""

    url: str
    simulator_url: str
    clock: SimulatedClock
    services: Services
    programs: Programs

    @property
    def environment(self) -> dict[str, str]:
        """What a process needs to take part: services, addresses, clock, secrets."""
        return dict(self.programs.environment)

    def manage(self, command: str, *arguments: str) -> str:
        """Run a management command on the stack and return what it printed. Raises ProcessError."""
        return self.services.supervisor.run(self.programs.manage(command, *arguments))

    def check(self) -> None:
        """Raise ProcessError when a process of the stack has ended."""
        self.services.supervisor.check()


@contextmanager
def throwaway_stack(
    *, start: datetime, speed: float, environment: Mapping[str, str] | None = None, planted: Path | None = None
) -> Iterator[Stack]:
    """Run the whole platform with the carrier simulator until the block ends.

    Its clock shows `start` (aware) when the platform's own programs are launched, and runs `speed` times as fast.
    `environment` adds to that of every process, for example SIM_SEED or DIAL_CONCURRENCY. It begins with an empty
    database, or with that in the folder `planted` (ops/seeds.py). Raises ProcessError when a part does not start; what
    has been started is stopped in any case.
    """
    with throwaway_services(planted) as services:
        supervisor = services.supervisor
        web_port, simulator_port = random_free_port(), random_free_port()
        base = {**simulated(services, web_port=web_port, simulator_port=simulator_port), **(environment or {})}
        logs = private_folder(services.folder / "log")
        if planted is None:
            supervisor.run(Programs(base, logs).migrate(services.cluster.owner_url))
        clock = SimulatedClock(start=start, origin=time.time(), speed=speed)
        programs = Programs({**base, **clock.environment()}, logs)
        supervisor.launch(programs.simulator(simulator_port))
        programs.serve(supervisor, web_port=web_port)
        supervisor.wait_until_ready()
        supervisor.launch(programs.beat())
        yield Stack(
            url=base["PUBLIC_BASE_URL"],
            simulator_url=base["SIMULATOR_URL"],
            clock=clock,
            services=services,
            programs=programs,
        )


def simulated(services: Services, *, web_port: int, simulator_port: int) -> dict[str, str]:
    """The environment of programs that run on `services`, with the simulator for a carrier."""
    return {
        **services.environment,
        "CARRIER": "simulator",
        "PUBLIC_BASE_URL": f"http://{HOST}:{web_port}",
        "SIMULATOR_URL": f"http://{HOST}:{simulator_port}",
        **catching_mail(random_free_port()),
    }


class Terminated(BaseException):
    """SIGTERM; everything is cleaned up on the way out."""


def raise_terminated(signum: int, frame: FrameType | None) -> None:
    """Turn SIGTERM into an exception."""
    raise Terminated


def run_attached(command: Sequence[str], environment: Mapping[str, str]) -> int:
    """Run `command` on our terminal and return its exit code; SIGTERM is passed on, Ctrl-C reaches it by itself."""
    signal.signal(signal.SIGTERM, raise_terminated)
    popen = subprocess.Popen(
        list(command),
        env=dict(environment),
        cwd=ROOT,
        preexec_fn=die_with(os.getpid(), signal.SIGTERM),  # noqa: PLW1509 - only calls prctl and getppid
    )
    while True:
        try:
            return popen.wait()
        except KeyboardInterrupt:
            continue
        except Terminated:
            popen.terminate()


if __name__ == "__main__":
    with throwaway_services() as running:
        code = run_attached(sys.argv[1:], running.environment)
    sys.exit(code)
