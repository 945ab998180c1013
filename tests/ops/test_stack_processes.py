"""The real stack in a process of its own: however it ends, nothing stays behind."""

import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from ops.environment import isolated_environment
from ops.throwaway import temporary_folder
from tests.ops.contract import ROOT
from tests.ops.test_running import manage

pytestmark = pytest.mark.slow
START = """
import sys
from pathlib import Path
from ops import stack
from ops.environment import caller_environment
from ops.supervisor import ProcessError
folder = Path(sys.argv[1])
try:
    sys.exit(stack.run(caller_environment(), run_dir=folder, state=folder))
except ProcessError as error:
    sys.exit(str(error))
"""


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """Where the stack keeps its data, from one test to the next."""
    with temporary_folder() as folder:
        yield folder


class RunningStack:
    """A stack that has said READY."""

    def __init__(self, folder: Path) -> None:
        environment = isolated_environment(os.environ) | {"PORT": "18000", "FAIRDIAL_DEMO": "0"}
        self.supervisor = subprocess.Popen(
            [sys.executable, "-c", START, str(folder)],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.supervisor.stdout is not None
        self.first_line = self.supervisor.stdout.readline()

    def processes(self) -> dict[int, str]:
        """All processes below the supervisor, with their names and command lines."""
        parents = {}
        for status in Path("/proc").glob("[0-9]*/stat"):
            try:
                parents[int(status.parent.name)] = int(status.read_text().rsplit(")", 1)[1].split()[1])
            except (FileNotFoundError, ProcessLookupError):
                continue
        found = {self.supervisor.pid}
        while more := {pid for pid, parent in parents.items() if parent in found} - found:
            found |= more
        return {pid: self.describe(pid) for pid in found}

    def describe(self, pid: int) -> str:
        """The name and the command line of one process."""
        said = Path(f"/proc/{pid}/comm").read_text() + Path(f"/proc/{pid}/cmdline").read_text()
        return said.replace("\n", " ").replace("\0", " ")

    def survivors(self, kill: int, with_signal: signal.Signals, seconds: float = 40.0) -> list[str]:
        """Signal the process `kill` and tell which processes of the stack are still there after `seconds`."""
        with ExitStack() as files:
            waiting = {
                files.enter_context(os.fdopen(os.pidfd_open(pid))): command for pid, command in self.processes().items()
            }
            os.kill(kill, with_signal)
            while waiting:
                ended = select.select(list(waiting), [], [], seconds)[0]
                if not ended:
                    break
                for process in ended:
                    del waiting[process]
            return list(waiting.values())

    def find(self, text: str) -> int:
        """The first process whose command line contains `text`."""
        return min(pid for pid, command in self.processes().items() if text in command)


@pytest.fixture
def stack(folder: Path) -> Iterator[RunningStack]:
    """A running stack; stopped at the end in any case."""
    stack = RunningStack(folder)
    yield stack
    stack.supervisor.kill()
    stack.supervisor.communicate()


def test_stack_says_ready_and_ends_cleanly_on_sigterm(stack: RunningStack, folder: Path) -> None:
    commands = " ".join(stack.processes().values())

    survivors = stack.survivors(stack.supervisor.pid, signal.SIGTERM)

    assert stack.first_line.startswith("READY http://127.0.0.1:")
    for part in ("postgres", "valkey-server", "simulator", "web", "worker-dial", "worker-default", "beat"):
        assert part in commands
    assert survivors == []
    assert stack.supervisor.wait() == 0
    assert not (folder / "postgres" / "postmaster.pid").exists()


def test_command_beside_the_stack_works_on_it_until_it_ends(stack: RunningStack, folder: Path) -> None:
    beside = manage(folder, "verify_ledger")
    stack.survivors(stack.supervisor.pid, signal.SIGTERM)
    alone = manage(folder, "verify_ledger")

    assert (beside.returncode, beside.stderr) == (0, "")
    assert (alone.returncode, "No database answers: start one with `make run`" in alone.stderr) == (2, True)


def test_nothing_survives_a_killed_supervisor(stack: RunningStack) -> None:
    assert stack.survivors(stack.supervisor.pid, signal.SIGKILL) == []


def test_stack_starts_again_after_its_supervisor_was_killed(stack: RunningStack) -> None:
    assert stack.first_line.startswith("READY")


def test_stack_dies_naming_the_process_that_died(stack: RunningStack) -> None:
    survivors = stack.survivors(stack.find("web "), signal.SIGKILL)
    _, said = stack.supervisor.communicate()

    assert survivors == []
    assert said.startswith("web was ended by SIGKILL")
    assert stack.supervisor.returncode == 1


def test_stack_takes_the_next_port_when_its_own_is_taken(stack: RunningStack, folder: Path) -> None:
    with temporary_folder() as other:
        second = RunningStack(other)
        survivors = second.survivors(second.supervisor.pid, signal.SIGTERM)
        second.supervisor.communicate()

    assert second.first_line > stack.first_line
    assert survivors == []
