"""Programs that are forked live as those that are started do; test_supervisor.py has what both have in common."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from ops.forking import LIBRARIES, Setting, fork
from ops.places import ROOT


@pytest.fixture
def setting(tmp_path: Path) -> Iterator[Setting]:
    """Writes to the files `output` and `errors`."""
    files = [os.open(tmp_path / name, os.O_WRONLY | os.O_CREAT) for name in ("output", "errors")]
    yield Setting("tester", *files, keeps=[], cwd=tmp_path, environment={"MARK": "given"})
    for file in files:
        os.close(file)


def run(source: str, setting: Setting) -> tuple[int, str, str]:
    """Fork a script; returns its exit code and what it wrote to standard output and standard error."""
    script = setting.cwd / "script.py"
    script.write_text(source)
    code = fork([str(script)], setting, tie=lambda: None).wait()
    return code, (setting.cwd / "output").read_text(), (setting.cwd / "errors").read_text()


@pytest.mark.parametrize(
    ("source", "code", "said"),
    [
        ("", 0, ""),
        ("raise SystemExit", 0, ""),
        ("raise SystemExit(3)", 3, ""),
        ("raise SystemExit('no broker')", 1, "no broker\n"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGTERM)", -15, ""),
    ],
)
def test_end_is_told_as_the_interpreter_tells_it(source: str, code: int, said: str, setting: Setting) -> None:
    assert run(source, setting) == (code, "", said)


def test_an_error_is_shown_and_ends_the_child_alone(setting: Setting) -> None:
    code, _, said = run("raise ValueError('out of paper')", setting)

    assert code == 1
    assert said.endswith("ValueError: out of paper\n")


def test_child_has_a_name_a_folder_and_a_session_of_its_own(setting: Setting) -> None:
    source = "import os; print(open('/proc/self/comm').read().strip(), os.getcwd(), os.getsid(0) == os.getpid())"

    assert run(source, setting) == (0, f"tester {setting.cwd} True\n", "")


def test_child_keeps_only_the_files_named(setting: Setting) -> None:
    with (setting.cwd / "kept").open("w") as kept, (setting.cwd / "other").open("w") as other:
        source = f"""
import os
def is_open(file):
    return os.path.exists(f"/proc/self/fd/{{file}}")
print(is_open({kept.fileno()}), is_open({other.fileno()}))
"""
        said = run(source, replace(setting, keeps=[kept.fileno()]))

    assert said == (0, "True False\n", "")


def test_module_runs_as_a_program(setting: Setting) -> None:
    assert fork(["-m", "this"], setting, tie=lambda: None).wait() == 0
    assert "Readability counts." in (setting.cwd / "output").read_text()


def test_libraries_come_with_the_platform_and_not_only_with_its_tools() -> None:
    origins = packages_distributions()
    locked = set(re.findall(r"^([a-z0-9._-]+)==", (ROOT / "requirements.txt").read_text(), re.MULTILINE))

    missing = {name for name in LIBRARIES if not {normal(origin) for origin in origins[name.split(".")[0]]} & locked}

    assert missing == set()


def normal(name: str) -> str:
    """The name of a distribution as lock files write it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def test_libraries_start_no_thread() -> None:
    source = """
import os
from ops.forking import preload
preload()
print(len(os.listdir("/proc/self/task")))
"""
    done = subprocess.run([sys.executable, "-c", source], cwd=ROOT, env={}, capture_output=True, text=True, check=False)

    assert (done.returncode, done.stdout) == (0, "1\n"), done.stderr
