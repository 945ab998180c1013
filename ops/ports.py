"""Choosing ports on the loopback interface.

A server binds its port some time after it was chosen for it. Until the stack ends that chose it, the UDP port of the same
number stays bound: none of our servers uses it, all our stacks look at it, and the kernel gives it back whatever happens.
"""

import secrets
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

HOST = "127.0.0.1"
# Below the range from which the kernel picks ports for outgoing connections, so that none is taken meanwhile.
RANDOM_PORTS = range(15000, 32000)


# What the blocks of `reserving` hold, the innermost last.
_reserved: list[ExitStack] = []


class NoFreePortError(RuntimeError):
    """No port of the range tried is free."""


def is_free(port: int) -> bool:
    """Whether a server could listen on `port` now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


@contextmanager
def reserving() -> Iterator[None]:
    """Ports chosen within the block are chosen by nobody else until it ends."""
    with ExitStack() as sockets:
        _reserved.append(sockets)
        try:
            yield
        finally:
            _reserved.remove(sockets)


def _take(port: int) -> bool:
    """Reserve `port` as far as a block asks for that; False when it is in use or somebody else's."""
    token = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    with ExitStack() as unless_taken:
        unless_taken.enter_context(token)
        try:
            token.bind((HOST, port))
        except OSError:
            return False
        # Only now: who gave the port back before has ended its server before that.
        if not is_free(port):
            return False
        if _reserved:
            _reserved[-1].enter_context(unless_taken.pop_all())
        return True


def next_free_port(preferred: int, *, tries: int = 100) -> int:
    """`preferred`, or the first free port above it. Raises NoFreePortError after `tries` ports."""
    for port in range(preferred, min(preferred + tries, 65536)):
        if _take(port):
            return port
    raise NoFreePortError(f"No free port from {preferred} to {preferred + tries - 1}.")


def random_free_port(*, tries: int = 100) -> int:
    """A free port far from those that people choose. Raises NoFreePortError after `tries` ports."""
    for _ in range(tries):
        port = RANDOM_PORTS.start + secrets.randbelow(len(RANDOM_PORTS))
        if _take(port):
            return port
    raise NoFreePortError(f"No free port found in {tries} tries.")
