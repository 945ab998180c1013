import socket
from collections.abc import Iterator

import pytest

from ops.ports import HOST, RANDOM_PORTS, NoFreePortError, is_free, next_free_port, random_free_port


@pytest.fixture
def taken() -> Iterator[int]:
    """A port with a server on it."""
    with socket.create_server((HOST, random_free_port())) as server:
        yield server.getsockname()[1]


def test_next_free_port_keeps_the_preferred_one_when_free() -> None:
    port = random_free_port()

    assert next_free_port(port) == port


def test_next_free_port_steps_over_a_taken_one(taken: int) -> None:
    chosen = next_free_port(taken)

    assert chosen > taken
    assert is_free(chosen)


def test_next_free_port_gives_up_after_its_tries(taken: int) -> None:
    with pytest.raises(NoFreePortError, match=str(taken)):
        next_free_port(taken, tries=1)


def test_random_free_port_lies_below_the_kernels_own_range() -> None:
    assert random_free_port() in RANDOM_PORTS
