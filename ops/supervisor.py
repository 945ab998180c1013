"""Starts processes in stages, waits until each is ready, watches them, and stops them in reverse order.

Children never outlive us: each leads its own session (so Ctrl-C reaches only the supervisor), and on Linux the
kernel signals it when the supervisor dies, even by SIGKILL. That signal follows the *thread* that started the child,
so use a supervisor from a thread that lives as long as its processes.
"""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ops.places import ROOT, Account

POLL_SECONDS = 0.03
PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


class ProcessFailed(RuntimeError):
    """A process ended, or did not become ready in time; the message names it and shows the end of its log."""


def always_ready() -> bool:
    """For processes that count as ready once they run."""
    return True


@dataclass(frozen=True, slots=True)
class Process:
    """One process to run: its command, environment (complete, not added to ours) and log file."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    log: Path
    is_ready: Callable[[], bool] = always_ready
    ready_seconds: float = 60.0
    account: Account | None = None
    cwd: Path = ROOT
    stop_signal: signal.Signals = signal.SIGTERM
    # Sent when the supervisor itself is killed: nobody is left to escalate, so it must end the process surely.
    orphan_signal: signal.Signals = signal.SIGTERM
    kill_signal: signal.Signals = signal.SIGKILL
    stop_seconds: float = 10.0


@dataclass(slots=True)
class Supervisor:
    """The processes started so far, in stages."""

    stages: list[list[tuple[Process, subprocess.Popen[bytes]]]] = field(default_factory=list)
    is_hurried: bool = False

    def start(self, *processes: Process) -> None:
        """Start all `processes` together as one stage and return when every one is ready.

        Raises ProcessFailed when one of them ends or is late, or an earlier one ends meanwhile.
        """
        stage: list[tuple[Process, subprocess.Popen[bytes]]] = []
        self.stages.append(stage)
        began = time.monotonic()
        for process in processes:
            stage.append((process, spawn(process)))
        waiting = list(processes)
        while waiting:
            self.check()
            waiting = [process for process in waiting if not process.is_ready()]
            for process in waiting:
                if time.monotonic() - began > process.ready_seconds:
                    raise ProcessFailed(describe(process, f"was not ready after {process.ready_seconds:.0f} s"))
            time.sleep(POLL_SECONDS)

    def run(self, process: Process) -> None:
        """Run `process` to its end. Raises ProcessFailed unless it exits with 0, or when a running one ends meanwhile."""
        popen = spawn(process)
        try:
            while not has_ended(popen):
                self.check()
                time.sleep(POLL_SECONDS)
        finally:
            kill_group(popen, signal.SIGKILL)
            code = popen.wait()
        if code:
            raise ProcessFailed(describe(process, ended(code)))

    def check(self) -> None:
        """Raise ProcessFailed when a started process has ended."""
        for stage in self.stages:
            for process, popen in stage:
                if has_ended(popen):
                    raise ProcessFailed(describe(process, ended(popen.wait())))

    def watch(self) -> None:
        """Block for as long as every process runs, then raise ProcessFailed."""
        while True:
            self.check()
            time.sleep(0.2)

    def hurry(self) -> None:
        """Make a `stop` under way stop asking and start killing."""
        self.is_hurried = True

    def stop(self) -> None:
        """Stop all stages, the last first; a process that ignores its stop signal is killed with its children."""
        while self.stages:
            stage = self.stages.pop()
            for process, popen in stage:
                if not has_ended(popen):
                    popen.send_signal(process.stop_signal)
            began = time.monotonic()
            for process, popen in stage:
                while not has_ended(popen):
                    if self.is_hurried or time.monotonic() - began > process.stop_seconds:
                        kill_group(popen, process.kill_signal)
                    time.sleep(POLL_SECONDS)
                kill_group(popen, signal.SIGKILL)
                popen.wait()


def plain_environment() -> dict[str, str]:
    """What a server that is configured by its arguments needs; nothing of the caller's language or settings."""
    return {"PATH": os.defpath, "LC_ALL": "C"}


def spawn(process: Process) -> subprocess.Popen[bytes]:
    """Start `process` in a session of its own, with its output appended to its log."""
    account = process.account
    with process.log.open("ab") as log:
        return subprocess.Popen(
            list(process.command),
            env=dict(process.environment),
            cwd=process.cwd,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
            preexec_fn=die_with(os.getpid(), process.orphan_signal),  # noqa: PLW1509 - only calls prctl and getppid
        )


def die_with(parent: int, orphan_signal: signal.Signals) -> Callable[[], None] | None:
    """A function for the child to call first, so that the kernel sends it `orphan_signal` when `parent` dies."""
    if LIBC is None:
        return None
    libc = LIBC

    def tie() -> None:
        libc.prctl(PR_SET_PDEATHSIG, int(orphan_signal))
        if os.getppid() != parent:
            os._exit(1)

    return tie


def has_ended(popen: subprocess.Popen[bytes]) -> bool:
    """Whether the process has ended, without collecting it: until then its process group's number stays ours."""
    if popen.returncode is not None:
        return True
    return os.waitid(os.P_PID, popen.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def kill_group(popen: subprocess.Popen[bytes], kill_signal: signal.Signals) -> None:
    """Signal the process and every child that stayed in its group."""
    if popen.returncode is None:
        try:
            os.killpg(popen.pid, kill_signal)
        except (ProcessLookupError, PermissionError):  # macOS refuses when only the ended leader is left
            return


def ended(code: int) -> str:
    """An exit status in words."""
    return f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"


def describe(process: Process, what: str) -> str:
    """What happened to `process`, with the last lines of its log."""
    tail = process.log.read_text(encoding="utf-8", errors="replace").splitlines()[-25:]
    return "\n".join([f"{process.name} {what}. Its log, {process.log}, ends with:", *(f"  | {line}" for line in tail)])
