"""Choosing ports on the loopback interface."""

import secrets
import socket

HOST = "127.0.0.1"
# Below the range from which the kernel picks ports for outgoing connections, so that none is taken meanwhile.
RANDOM_PORTS = range(15000, 32000)


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


def next_free_port(preferred: int, *, tries: int = 100) -> int:
    """`preferred`, or the first free port above it. Raises NoFreePortError after `tries` ports."""
    for port in range(preferred, min(preferred + tries, 65536)):
        if is_free(port):
            return port
    raise NoFreePortError(f"No free port from {preferred} to {preferred + tries - 1}.")


def random_free_port(*, tries: int = 100) -> int:
    """A free port that parallel runs are unlikely to want too. Raises NoFreePortError after `tries` ports."""
    for _ in range(tries):
        port = RANDOM_PORTS.start + secrets.randbelow(len(RANDOM_PORTS))
        if is_free(port):
            return port
    raise NoFreePortError(f"No free port found in {tries} tries.")
