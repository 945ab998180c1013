"""Starts processes in stages, waits until each is ready, watches them, and stops them in reverse order.

Children never outlive us. Each leads its own session, so that Ctrl-C reaches only the supervisor. When the supervisor
itself is killed, the kernel asks each child to end (on Linux), and a guard process kills what does not: a worker whose
broker is gone may wait for it for ever. The kernel's signal follows the *thread* that started the child, so use a
supervisor from a thread that lives as long as its processes.
"""

import ctypes
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from ops.forking import Forked, Setting, fork
from ops.guard import Guard
from ops.places import ROOT, Account

POLL_SECONDS = 0.03
PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


class ProcessError(RuntimeError):
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
    kill_signal: signal.Signals = signal.SIGKILL
    stop_seconds: float = 10.0


Child = subprocess.Popen[bytes] | Forked


@dataclass(frozen=True, slots=True)
class Running:
    """A started process."""

    process: Process
    popen: Child
    began: float


@dataclass(slots=True)
class Supervisor:
    """The processes started so far, in stages; each inherits the open file `inherited`, such as a lock.

    With `is_forking`, Python programs are forked from this process (ops/forking.py), on Linux.
    """

    inherited: int | None = None
    is_forking: bool = False
    guard: Guard | None = None
    stages: list[list[Running]] = field(default_factory=list)
    waiting: list[Running] = field(default_factory=list)
    is_hurried: bool = False

    def start(self, *processes: Process) -> None:
        """Start all `processes` together as one stage and return when every one is ready.

        Raises ProcessError when one of them ends or is late, or an earlier one ends meanwhile.
        """
        self.launch(*processes)
        self.wait_until_ready()

    def launch(self, *processes: Process) -> None:
        """Start all `processes` together as one stage; `wait_until_ready` waits for them."""
        stage: list[Running] = []
        self.stages.append(stage)
        for process in processes:
            running = Running(process, self.spawn(process), time.monotonic())
            stage.append(running)
            self.waiting.append(running)

    def wait_until_ready(self) -> None:
        """Return when everything launched is ready. Raises ProcessError as `start` does."""
        while self.waiting:
            self.check()
            self.waiting = [running for running in self.waiting if not running.process.is_ready()]
            for running in self.waiting:
                if time.monotonic() - running.began > running.process.ready_seconds:
                    raise ProcessError(describe(running.process, "was not ready in time"))
            time.sleep(POLL_SECONDS)

    def run(self, process: Process) -> str:
        """Run `process` to its end and return what it printed to standard output.

        Raises ProcessError unless it exits with 0, or when a started one ends meanwhile.
        """
        with tempfile.TemporaryFile() as output:
            popen = self.spawn(process, output)
            try:
                while not has_ended(popen):
                    self.check()
                    time.sleep(POLL_SECONDS)
            finally:
                code = self.collect(popen)
            output.seek(0)
            printed = output.read().decode("utf-8", "replace")
        if code:
            raise ProcessError(describe(process, ended(code), printed))
        return printed

    def spawn(self, process: Process, output: IO[bytes] | None = None) -> Child:
        """Start `process` in a session of its own; it writes to its log, or to `output` what goes to standard output.

        The log of the run before stays as `.old`.
        """
        self.guard = self.guard or Guard()
        if process.log.exists():
            process.log.replace(process.log.with_suffix(".old"))
        with open(os.open(process.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "wb") as log:
            child = self.begin(process, log=log, output=output or log)
        self.guard.watch(child.pid, process.stop_signal)
        return child

    def begin(self, process: Process, *, log: IO[bytes], output: IO[bytes]) -> Child:
        """Start `process`, forked where that is possible."""
        account = process.account
        keeps = [] if self.inherited is None else [self.inherited]
        tie = die_with(os.getpid(), process.stop_signal)
        if self.is_forking and tie and process.command[0] == sys.executable and account is None:
            setting = Setting(process.name, output.fileno(), log.fileno(), keeps, process.cwd, process.environment)
            return fork(process.command[1:], setting, tie=tie)
        return subprocess.Popen(
            list(process.command),
            env=dict(process.environment),
            cwd=process.cwd,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=log,
            start_new_session=True,
            pass_fds=keeps,
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
            preexec_fn=tie,  # noqa: PLW1509 - only calls prctl and getppid
        )

    def collect(self, popen: Child) -> int:
        """Kill what is left of the process's group and return its exit status."""
        kill_group(popen, signal.SIGKILL)
        code = popen.wait()
        if self.guard:
            self.guard.forget(popen.pid)
        return code

    def check(self) -> None:
        """Raise ProcessError when a started process, or the guard, has ended."""
        if self.guard and not self.guard.is_alive():
            raise ProcessError("The guard that ends our processes if we are killed was killed itself.")
        for running in (running for stage in self.stages for running in stage):
            if has_ended(running.popen):
                raise ProcessError(describe(running.process, ended(self.collect(running.popen))))

    def hurry(self) -> None:
        """Make a `stop` under way stop asking and start killing."""
        self.is_hurried = True

    def stop(self) -> None:
        """Stop all stages, the last first; a process that ignores its stop signal is killed with its children."""
        self.waiting.clear()
        while self.stages:
            stage = self.stages.pop()
            for running in stage:
                if not has_ended(running.popen):
                    running.popen.send_signal(running.process.stop_signal)
            began = time.monotonic()
            for running in stage:
                while not has_ended(running.popen):
                    if self.is_hurried or time.monotonic() - began > running.process.stop_seconds:
                        kill_group(running.popen, running.process.kill_signal)
                    time.sleep(POLL_SECONDS)
                self.collect(running.popen)
        if self.guard:
            self.guard.close()
            self.guard = None


def plain_environment() -> dict[str, str]:
    """What a server that is configured by its arguments needs; nothing of the caller's language or settings."""
    return {"PATH": os.defpath, "LC_ALL": "C"}


def die_with(parent: int, stop_signal: signal.Signals) -> Callable[[], None] | None:
    """A function for the child to call first, so that the kernel sends it `stop_signal` when `parent` dies."""
    if LIBC is None:
        return None
    libc = LIBC

    def tie() -> None:
        libc.prctl(PR_SET_PDEATHSIG, int(stop_signal))
        if os.getppid() != parent:
            os._exit(1)

    return tie


def has_ended(popen: Child) -> bool:
    """Whether the process has ended, without collecting it: until then its process group's number stays ours."""
    if popen.returncode is not None:
        return True
    if sys.platform == "darwin" and isinstance(popen, subprocess.Popen):  # which has no waitid
        return popen.poll() is not None
    return os.waitid(os.P_PID, popen.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def kill_group(popen: Child, kill_signal: signal.Signals) -> None:
    """Signal the process and every child that stayed in its group."""
    if popen.returncode is None:
        try:
            os.killpg(popen.pid, kill_signal)
        except (ProcessLookupError, PermissionError):  # macOS refuses when only the ended leader is left
            return


def ended(code: int) -> str:
    """An exit status in words."""
    return f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"


def describe(process: Process, what: str, printed: str = "") -> str:
    """What happened to `process`, with the last lines that it wrote."""
    tail = (printed + process.log.read_text(encoding="utf-8", errors="replace")).splitlines()[-25:]
    return "\n".join([f"{process.name} {what}. The end of {process.log}:", *(f"  | {line}" for line in tail)])
