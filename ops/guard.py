"""Ends the children of a supervisor that was killed.

The guard is a process of its own, outside the supervisor's session. The supervisor writes to it `<process id> <signal>`
for each child, which leads a group and is asked to end with that signal, and `<process id> 0` once that child has
ended. The end of the supervisor, by whatever means, ends the guard's input, and then it ends those that are left.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable
from contextlib import suppress

GRACE_SECONDS = 5.0
POLL_SECONDS = 0.05


class Guard:
    """The supervisor's end of it."""

    def __init__(self) -> None:
        self.popen = subprocess.Popen(
            [sys.executable, __file__], cwd="/", env={}, stdin=subprocess.PIPE, text=True, start_new_session=True
        )

    def watch(self, pid: int, stop_signal: signal.Signals) -> None:
        """End the process group `pid`, too, when the supervisor is killed."""
        self.tell(pid, stop_signal)

    def forget(self, pid: int) -> None:
        """The process group `pid` has ended; its number may soon be another's."""
        self.tell(pid, 0)

    def tell(self, pid: int, number: int) -> None:
        """Send one line. A guard that has died is noticed by `is_alive`, not here."""
        if self.popen.stdin:
            with suppress(BrokenPipeError):
                self.popen.stdin.write(f"{pid} {number:d}\n")
                self.popen.stdin.flush()

    def is_alive(self) -> bool:
        """Whether the guard runs."""
        return self.popen.poll() is None

    def close(self) -> None:
        """End the guard; it ends what it has not been told to forget."""
        with suppress(BrokenPipeError):
            self.popen.communicate()


def read_children(lines: Iterable[str]) -> dict[int, int]:
    """The process groups that were still running when the lines ended, each with its stop signal."""
    children: dict[int, int] = {}
    for line in lines:
        pid, number = (int(word) for word in line.split())
        if number:
            children[pid] = number
        else:
            children.pop(pid, None)
    return children


def group_exists(pid: int) -> bool:
    """Whether any process of the group is left."""
    try:
        os.killpg(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # macOS refuses when only an ended leader is left
        return False
    return True


def end(children: dict[int, int]) -> None:
    """Ask every group's leader to end, and kill the groups that have not after a while."""
    for pid, number in children.items():
        with suppress(ProcessLookupError):
            os.kill(pid, number)
    until = time.monotonic() + GRACE_SECONDS
    while any(group_exists(pid) for pid in children) and time.monotonic() < until:
        time.sleep(POLL_SECONDS)
    for pid in children:
        with suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGKILL)


if __name__ == "__main__":
    end(read_children(sys.stdin))
