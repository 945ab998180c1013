"""The files of a real deployment cannot be run here, so each name in them is checked against the code."""

import ast
import re
from importlib import import_module
from itertools import pairwise
from runpy import run_path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml
from celery import Celery
from django.core.management import get_commands

from apps.core.queues import Queue
from ops.postgres import DATABASE, INITDB_OPTIONS, MAJOR_VERSION, ROLES_FILE
from ops.programs import WORKER_QUEUES
from tests.ops.contract import ROOT, settings_variables

APP_SERVICES = ("migrate", "web", "worker-dial", "worker-default", "beat")
# Read by the settings, but of no use in a deployment, where compose or a good default decides.
NOT_DEPLOYED = {
    "CARRIER_CONNECT_TIMEOUT",
    "CARRIER_READ_TIMEOUT",
    "CLOCK_ORIGIN",
    "CLOCK_SPEED",
    "CLOCK_START",
    "DB_CONN_MAX_AGE",
    "DEBUG",
    "SIMULATOR_URL",
    "SSL_REDIRECT",
    "WEB_THREADS",
}


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    """docker-compose.yml with its anchors merged."""
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))


def example_variables() -> set[str]:
    """The names in .env.example, also those that are commented out."""
    return set(re.findall(r"^#?([A-Z_]+)=", (ROOT / ".env.example").read_text(encoding="utf-8"), re.MULTILINE))


def options(command: list[str]) -> dict[str, str]:
    """The `--name value` pairs of a command."""
    return {name: value for name, value in pairwise(command) if name.startswith("--")}


def test_compose_has_every_service(compose: dict[str, Any]) -> None:
    assert set(compose["services"]) == {*APP_SERVICES, "db", "valkey", "rabbitmq", "proxy"}


def test_compose_runs_every_role_from_the_same_image(compose: dict[str, Any]) -> None:
    assert {compose["services"][name]["image"] for name in APP_SERVICES} == {compose["x-app"]["image"]}


@pytest.mark.parametrize("name", APP_SERVICES)
def test_compose_sets_only_variables_that_the_settings_read(compose: dict[str, Any], name: str) -> None:
    assert set(compose["services"][name]["environment"]) <= settings_variables()


def test_compose_leaves_no_setting_of_a_deployment_out(compose: dict[str, Any]) -> None:
    given = {name for service in APP_SERVICES for name in compose["services"][service]["environment"]}

    assert settings_variables() - NOT_DEPLOYED == given
    assert settings_variables() >= NOT_DEPLOYED


def test_compose_and_the_example_name_the_same_variables() -> None:
    text = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")

    assert set(re.findall(r"\$\{([A-Z_]+)", text)) == example_variables()


def test_example_holds_no_secret() -> None:
    lines = (ROOT / ".env.example").read_text(encoding="utf-8").splitlines()
    secret = re.compile(r"^#?(?:\w*(?:PASSWORD|SECRET|KEYS?|TOKEN|SID)\w*)=(.*)$")

    assert [line for line in lines if (found := secret.match(line)) and found[1]] == []


def test_only_migrate_logs_in_as_the_owner(compose: dict[str, Any]) -> None:
    logins = {name: compose["services"][name]["environment"]["DATABASE_URL"] for name in APP_SERVICES}

    assert logins.pop("migrate").startswith("postgresql://app_owner:")
    assert all(login.startswith("postgresql://app_rt:") for login in logins.values())


def test_owner_password_reaches_no_other_service(compose: dict[str, Any]) -> None:
    knowing = {name for name, service in compose["services"].items() if "APP_OWNER_PASSWORD" in str(service)}

    assert knowing == {"db", "migrate"}


def test_migrate_command_exists(compose: dict[str, Any]) -> None:
    program, script, command, *_ = compose["services"]["migrate"]["command"]

    assert (program, script) == ("python", "manage.py")
    assert (ROOT / script).exists()
    assert command in get_commands()


def test_web_command_names_the_front_application(compose: dict[str, Any]) -> None:
    command = compose["services"]["web"]["command"]
    module, attribute = command[command.index("uvicorn") + 1].split(":")
    # Not imported: it connects to the database.
    source = ROOT.joinpath(*module.split(".")).with_suffix(".py").read_text(encoding="utf-8")

    assert attribute in {node.name for node in ast.parse(source).body if isinstance(node, ast.AsyncFunctionDef)}


@pytest.mark.parametrize("name", ["worker-dial", "worker-default", "beat"])
def test_celery_commands_name_the_application(compose: dict[str, Any], name: str) -> None:
    command = compose["services"][name]["command"]

    assert isinstance(import_module(command[command.index("-A") + 1]).app, Celery)


def test_workers_serve_every_queue_once(compose: dict[str, Any]) -> None:
    served = [
        queue
        for name in ("worker-dial", "worker-default")
        for queue in options(compose["services"][name]["command"])["--queues"].split(",")
    ]

    assert sorted(served) == sorted(Queue)
    assert sorted(served) == sorted(",".join(WORKER_QUEUES.values()).split(","))


def test_compose_creates_the_cluster_as_the_embedded_one(compose: dict[str, Any]) -> None:
    database = compose["services"]["db"]

    assert database["image"] == f"postgres:{MAJOR_VERSION}"
    assert tuple(database["environment"]["POSTGRES_INITDB_ARGS"].split()) == INITDB_OPTIONS
    assert database["environment"]["APP_DATABASE"] == DATABASE
    assert f"./{ROLES_FILE.relative_to(ROOT)}:/docker-entrypoint-initdb.d/roles.sql:ro" in database["volumes"]


def test_roles_file_reads_only_what_compose_gives_the_database(compose: dict[str, Any]) -> None:
    wanted = re.findall(r"^\\getenv \w+ (\w+)$", ROLES_FILE.read_text(encoding="utf-8"), re.MULTILINE)

    assert set(wanted) <= set(compose["services"]["db"]["environment"])
    assert wanted


def test_named_volumes_are_declared_and_used(compose: dict[str, Any]) -> None:
    mounts = [mount.split(":")[0] for service in compose["services"].values() for mount in service.get("volumes", [])]

    assert {mount for mount in mounts if not mount.startswith(".")} == set(compose["volumes"])
    assert all((ROOT / mount).exists() for mount in mounts if mount.startswith("."))


def test_proxy_forwards_to_the_port_of_the_web_process(compose: dict[str, Any]) -> None:
    port = options(compose["services"]["web"]["command"])["--port"]

    assert f"reverse_proxy web:{port} " in (ROOT / "Caddyfile").read_text(encoding="utf-8")


def test_runbook_explains_every_variable() -> None:
    runbook = (ROOT / "docs" / "runbook.md").read_text(encoding="utf-8")

    assert {name for name in settings_variables() | example_variables() if f"`{name}`" not in runbook} == set()


def test_image_contains_what_it_copies() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    sources = [
        source
        for line in re.findall(r"^COPY (?!--from)(.+)$", dockerfile, re.MULTILINE)
        for source in line.split()[:-1]
        if source != "."
    ]
    kept = re.findall(r"^!(.+)$", (ROOT / ".dockerignore").read_text(encoding="utf-8"), re.MULTILINE)

    assert set(sources) <= set(kept)
    assert all((ROOT / name).exists() for name in sources)
    assert {"apps", "config", "locale", "manage.py", "simulator", "static", "templates"} <= set(kept)


@pytest.mark.parametrize("queue", Queue)
def test_rabbitmq_keeps_every_queue_on_several_nodes(monkeypatch: pytest.MonkeyPatch, queue: Queue) -> None:
    monkeypatch.setenv("CELERY_BROKER_URL", "amqp://fairdial:secret@rabbitmq.example.com:5672//")
    settings = SimpleNamespace(**run_path(str(ROOT / "config" / "settings" / "base.py")))
    app = Celery(set_as_current=False)
    app.config_from_object(settings, namespace="CELERY")

    assert app.amqp.queues[queue].queue_arguments == {"x-queue-type": "quorum"}
