"""Python programs started by forking: libraries are imported once, here, instead of once in each program.

Importing Django, Celery and what comes with them takes longer than all else at a start. A supervisor that has called
`preload` forks its Python programs, which then import only what is ours. Linux only: elsewhere system libraries may have
started threads that do not survive a fork.
"""

import ctypes
import gc
import os
import runpy
import signal
import sys
import traceback
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import NoReturn

# What takes long to import, reads no settings and starts no thread.
LIBRARIES = (
    "a2wsgi",
    "celery.app.trace",
    "celery.bin.celery",
    "celery.concurrency.prefork",
    "cryptography.x509",
    "django.contrib.postgres.fields",
    "django.core.handlers.asgi",
    "django.test.client",
    "environ",
    "fido2.server",
    "holidays",
    "jwt",
    "kombu.transport.redis",
    "phonenumbers",
    "psycopg_pool",
    "requests",
    "twilio.rest",
    "uritemplate",
    "uvicorn.main",
    "whitenoise.middleware",
)
PR_SET_NAME = 15
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def preload() -> None:
    """Import the libraries, into memory that programs forked from here share."""
    for name in LIBRARIES:
        import_module(name)
    gc.collect()
    gc.freeze()


@dataclass(slots=True)
class Forked:
    """A forked child: what a supervisor needs of `subprocess.Popen`."""

    pid: int
    returncode: int | None = None

    def wait(self) -> int:
        """Wait for its end and return the exit status, negative for a signal."""
        if self.returncode is None:
            _, status = os.waitpid(self.pid, 0)
            self.returncode = os.waitstatus_to_exitcode(status)
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Send it a signal unless it has been waited for."""
        if self.returncode is None:
            os.kill(self.pid, number)


@dataclass(frozen=True, slots=True)
class Setting:
    """Where a forked program finds itself: the open files it writes to and keeps, its folder and whole environment."""

    name: str
    output: int
    errors: int
    keeps: Collection[int]
    cwd: Path
    environment: Mapping[str, str]


def fork(arguments: Sequence[str], setting: Setting, *, tie: Callable[[], None]) -> Forked:
    """Run what `python ARGUMENTS` would run, `-m MODULE ...` or `SCRIPT ...`, in a session of its own.

    `tie` is called first in the child. The child ends when the program returns, without waiting for its threads.
    Returns when the child leads its session, so that its group can be signalled.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    settled, settling = os.pipe()
    pid = os.fork()
    if pid == 0:
        _become(arguments, setting, tie)
    os.close(settling)
    os.read(settled, 1)  # ends when the child closes what it has inherited
    os.close(settled)
    return Forked(pid)


def _become(arguments: Sequence[str], setting: Setting, tie: Callable[[], None]) -> NoReturn:
    """The child's whole life. It must not unwind the frames it has inherited, which are the supervisor's."""
    code = 1
    try:
        for number in SIGNALS:
            signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)
        os.setsid()
        tie()
        _settle(setting)
        code = _run(arguments)
    except BaseException:  # noqa: BLE001 - nothing may pass
        traceback.print_exc()
    finally:
        with suppress(OSError):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)


def _settle(setting: Setting) -> None:
    ctypes.CDLL(None).prctl(PR_SET_NAME, setting.name.encode())
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(setting.output, 1)
    os.dup2(setting.errors, 2)
    for name in os.listdir("/proc/self/fd"):
        if int(name) > 2 and int(name) not in setting.keeps:
            with suppress(OSError):  # the one that listed them
                os.close(int(name))
    # As PYTHONUNBUFFERED asks.
    sys.stdout = open(1, "w", encoding="utf-8", buffering=1, closefd=False)  # noqa: SIM115 - until the end
    sys.stderr = open(2, "w", encoding="utf-8", errors="backslashreplace", buffering=1, closefd=False)  # noqa: SIM115
    os.chdir(setting.cwd)
    os.environ.clear()
    os.environ.update(setting.environment)


def _run(arguments: Sequence[str]) -> int:
    """Run the program and return its exit code."""
    try:
        if arguments[0] == "-m":
            sys.argv = list(arguments[1:])
            runpy.run_module(arguments[1], run_name="__main__", alter_sys=True)
        else:
            sys.argv = list(arguments)
            runpy.run_path(arguments[0], run_name="__main__")
    except SystemExit as end:
        if end.code is None or isinstance(end.code, int):
            return end.code or 0
        print(end.code, file=sys.stderr)
        return 1
    return 0
