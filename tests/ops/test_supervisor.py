import os
import select
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from ops.places import ROOT
from ops.supervisor import Process, ProcessError, Supervisor

# Tells that it runs, then waits; on SIGTERM it notes its name and ends.
OBEDIENT = """
import signal, sys
def end(*_):
    open(sys.argv[1], "a").write(sys.argv[2] + " ")
    sys.exit(0)
signal.signal(signal.SIGTERM, end)
print("running", flush=True)
signal.pause()
"""
# Ignores SIGTERM and has a child that does, too, as a worker with its pool.
STUBBORN = """
import os, signal
signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = os.fork()
if child:
    print("child", child, flush=True)
while True:
    signal.pause()
"""

# A supervisor that starts a process, prints the ids of it and its child, and is killed.
KILLS_ITSELF = """
import os, signal, sys
from pathlib import Path
sys.path.insert(0, os.getcwd())
from ops.places import ROOT
from ops.supervisor import Process, Supervisor
log = Path(sys.argv[1])
supervisor = Supervisor(is_forking=sys.argv[3] == "forked")
command = [sys.executable, sys.argv[2], "/dev/null", ""]
supervisor.start(Process("child", command, {}, log, lambda: log.stat().st_size > 0))
print(supervisor.stages[0][0].popen.pid, *[word for word in log.read_text().split() if word.isdigit()], flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture(params=["started", "forked"])
def supervisor(request: pytest.FixtureRequest) -> Iterator[Supervisor]:
    """Stops at the end whatever the test left running."""
    supervisor = Supervisor(is_forking=request.param == "forked")
    yield supervisor
    supervisor.hurry()
    supervisor.stop()


@pytest.fixture
def program(tmp_path: Path) -> Callable[..., Process]:
    """Makes a process that runs a Python source; it is ready when it has printed something."""

    def make(name: str, source: str, *arguments: str) -> Process:
        log = tmp_path / f"{name}.log"
        script = tmp_path / f"{name}.py"
        script.write_text(source)
        return Process(
            name=name,
            command=[sys.executable, str(script), *arguments],
            environment={"MARK": "given"},
            log=log,
            is_ready=lambda: log.stat().st_size > 0,
        )

    return make


def has_ended(pid: int, seconds: float = 60.0) -> bool:
    """Whether a process that need not be our child has ended or does so soon."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    with os.fdopen(descriptor) as process:
        return bool(select.select([process], [], [], seconds)[0])


def kill(pid: int) -> None:
    """Kill a child without collecting it."""
    os.kill(pid, signal.SIGKILL)
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)


def test_start_returns_when_every_process_is_ready(supervisor: Supervisor, program: Callable[..., Process]) -> None:
    supervisor.start(program("one", OBEDIENT, "/dev/null", ""), program("two", OBEDIENT, "/dev/null", ""))

    assert [running.process.log.read_text() for running in supervisor.stages[0]] == ["running\n", "running\n"]


def test_stop_ends_the_last_stage_first(
    supervisor: Supervisor, program: Callable[..., Process], tmp_path: Path
) -> None:
    order = tmp_path / "order"
    for name in ("database", "web", "beat"):
        supervisor.start(program(name, OBEDIENT, str(order), name))

    supervisor.stop()

    assert order.read_text().split() == ["beat", "web", "database"]


def test_stop_kills_a_process_that_ignores_it_and_its_children(
    supervisor: Supervisor, program: Callable[..., Process]
) -> None:
    process = replace(program("stubborn", STUBBORN), stop_seconds=0.0)
    supervisor.start(process)
    leader = supervisor.stages[0][0].popen
    child = int(process.log.read_text().split()[1])

    supervisor.stop()

    assert leader.returncode == -signal.SIGKILL
    assert has_ended(child)


def test_hurry_does_not_wait_for_the_end_of_the_grace_time(
    supervisor: Supervisor, program: Callable[..., Process]
) -> None:
    process = replace(program("stubborn", STUBBORN), stop_seconds=3600.0)
    supervisor.start(process)

    supervisor.hurry()
    supervisor.stop()

    assert supervisor.stages == []


def test_start_names_the_process_that_fails_and_shows_its_log(
    supervisor: Supervisor, program: Callable[..., Process]
) -> None:
    failing = program("worker", "import sys; sys.exit('no broker at hand')")
    failing = replace(failing, is_ready=lambda: False)

    with pytest.raises(ProcessError, match=r"^worker ended with exit code 1\.[\s\S]*no broker at hand"):
        supervisor.start(failing)


def test_start_gives_up_on_a_process_that_is_never_ready(
    supervisor: Supervisor, program: Callable[..., Process]
) -> None:
    silent = replace(program("silent", OBEDIENT, "/dev/null", ""), is_ready=lambda: False, ready_seconds=0.0)

    with pytest.raises(ProcessError, match=r"^silent was not ready in time"):
        supervisor.start(silent)


def test_check_names_a_process_that_was_killed(supervisor: Supervisor, program: Callable[..., Process]) -> None:
    supervisor.start(program("web", OBEDIENT, "/dev/null", ""))
    kill(supervisor.stages[0][0].popen.pid)

    with pytest.raises(ProcessError, match=r"^web was ended by SIGKILL"):
        supervisor.check()


def test_run_returns_standard_output_only(supervisor: Supervisor, program: Callable[..., Process]) -> None:
    process = program("load_demo", "import os, sys; print(os.environ['MARK']); print('noise', file=sys.stderr)")

    assert supervisor.run(process) == "given\n"
    assert process.log.read_text() == "noise\n"


def test_run_shows_what_a_failed_command_printed(supervisor: Supervisor, program: Callable[..., Process]) -> None:
    process = program("migrate", "print('applying 0002'); raise SystemExit(3)")

    with pytest.raises(ProcessError, match=r"^migrate ended with exit code 3\.[\s\S]*applying 0002"):
        supervisor.run(process)


def test_run_stops_when_a_started_process_ends(supervisor: Supervisor, program: Callable[..., Process]) -> None:
    supervisor.start(program("postgres", OBEDIENT, "/dev/null", ""))
    kill(supervisor.stages[0][0].popen.pid)

    with pytest.raises(ProcessError, match=r"^postgres was ended by SIGKILL"):
        supervisor.run(program("migrate", OBEDIENT, "/dev/null", ""))


def test_processes_get_exactly_the_environment_given(supervisor: Supervisor, program: Callable[..., Process]) -> None:
    printed = supervisor.run(program("environment", "import os; print(sorted(set(os.environ) - {'LC_CTYPE'}))"))

    assert printed == "['MARK']\n"


def test_log_of_the_run_before_is_kept_once(supervisor: Supervisor, program: Callable[..., Process]) -> None:
    for text in ("first", "second", "third"):
        process = program("web", f"import sys; print({text!r}, file=sys.stderr)")
        supervisor.run(process)

    assert process.log.read_text() == "third\n"
    assert process.log.with_suffix(".old").read_text() == "second\n"


@pytest.mark.parametrize("way", ["started", "forked"])
@pytest.mark.parametrize(
    "source",
    [
        pytest.param(OBEDIENT, id="obedient"),
        pytest.param(STUBBORN, id="stubborn", marks=pytest.mark.slow),  # the guard lets it have its grace time
    ],
)
def test_children_end_when_the_supervisor_is_killed(source: str, way: str, tmp_path: Path) -> None:
    script = tmp_path / "child.py"
    script.write_text(source)
    supervisor = subprocess.Popen(
        [sys.executable, "-c", KILLS_ITSELF, str(tmp_path / "log"), str(script), way],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    said, _ = supervisor.communicate()
    pids = [int(pid) for pid in said.split()]

    assert supervisor.returncode == -signal.SIGKILL
    assert pids
    assert all(has_ended(pid) for pid in pids)


def test_check_notices_that_the_guard_was_killed(supervisor: Supervisor, program: Callable[..., Process]) -> None:
    supervisor.start(program("web", OBEDIENT, "/dev/null", ""))
    assert supervisor.guard
    kill(supervisor.guard.popen.pid)

    with pytest.raises(ProcessError, match="guard"):
        supervisor.check()
