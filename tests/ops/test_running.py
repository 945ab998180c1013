import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from ops import running
from ops.environment import isolated_environment
from ops.places import ROOT

STACK = {
    "DATABASE_URL": "postgresql://app_rt:secret@127.0.0.1:54320/fairdial",
    "SECRET_KEY": "secret",
    "ALLOWED_HOSTS": "127.0.0.1",
    "TWILIO_AUTH_TOKEN": "token",
    "HOME": "/nowhere",
}
FOUND = {name: STACK[name] for name in ("DATABASE_URL", "SECRET_KEY", "ALLOWED_HOSTS")}


def test_running_stack_is_found_with_its_services_and_nothing_else(tmp_path: Path) -> None:
    with running.announce(tmp_path, STACK):
        assert running.find(tmp_path) == FOUND
        # Looking does not take it away from the next one.
        assert running.find(tmp_path) == FOUND
        assert stat.S_IMODE((tmp_path / running.FILE).stat().st_mode) == 0o600


def test_stack_that_has_ended_is_not_found_though_its_file_is_there(tmp_path: Path) -> None:
    running.announce(tmp_path, STACK).close()

    assert (tmp_path / running.FILE).exists()
    assert running.find(tmp_path) == {}


def test_nothing_is_found_where_nothing_ran(tmp_path: Path) -> None:
    assert running.find(tmp_path) == {}


def test_command_without_configuration_joins_what_runs(tmp_path: Path) -> None:
    environment = {"PATH": "/bin", "DATABASE_URL": "", "ALLOWED_HOSTS": "example.com"}

    with running.announce(tmp_path, STACK):
        running.join(environment, run_dir=tmp_path)

    assert environment == {"PATH": "/bin", **FOUND, "ALLOWED_HOSTS": "example.com"}


@pytest.mark.parametrize("name", ["DATABASE_URL", "SECRET_KEY"])
def test_configured_command_is_left_alone(tmp_path: Path, name: str) -> None:
    environment = {name: "set"}

    with running.announce(tmp_path, STACK):
        running.join(environment, run_dir=tmp_path)

    assert environment == {name: "set"}


def test_command_that_needs_a_database_says_that_nothing_runs(tmp_path: Path) -> None:
    done = manage(tmp_path, "showmigrations")

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "No database: DATABASE_URL is not set and nothing runs here. Start it with `make run`, or set DATABASE_URL.\n"
    )


def test_command_joins_the_stack_that_runs_in_its_folder(tmp_path: Path) -> None:
    with running.announce(tmp_path, STACK):
        done = manage(tmp_path, "shell", "--no-imports", "-c", PRINT_PORT)

    assert (done.returncode, done.stdout, done.stderr) == (0, "54320\n", "")


def test_rehearsal_keeps_to_itself(tmp_path: Path) -> None:
    with running.announce(tmp_path, STACK | {"CLOCK_START": "nonsense"}):
        done = manage(tmp_path, "rehearse", "missing.csv", "--json")

    assert done.returncode == 2
    assert json.loads(done.stdout)["error"].startswith("There is no file")


PRINT_PORT = "from django.conf import settings; print(settings.DATABASES['default']['PORT'])"
# manage.py, with another folder for what runs.
MANAGE = """
import sys
from pathlib import Path
import manage
manage.RUN_DIR = Path(sys.argv[1])
manage.main(sys.argv[1:])
"""


def manage(run_dir: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", MANAGE, str(run_dir), *arguments],
        cwd=ROOT,
        env=isolated_environment(os.environ),
        capture_output=True,
        text=True,
        check=False,
    )
