import secrets
import socket
import subprocess
import sys
from collections.abc import Iterator

import pytest

from ops.places import ROOT
from ops.ports import HOST, RANDOM_PORTS, NoFreePortError, is_free, next_free_port, random_free_port, reserving

PREFERRED = 14_200


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


def test_port_that_was_chosen_is_not_chosen_again_before_its_server_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = random_free_port(), random_free_port()
    numbers = iter([port - RANDOM_PORTS.start for port in (first, first, second, first)])
    monkeypatch.setattr(secrets, "randbelow", lambda _: next(numbers))

    with reserving():
        assert [random_free_port(), random_free_port()] == [first, second]
    assert random_free_port() == first


def test_port_of_a_stack_that_is_just_starting_is_left_to_it_by_another_process() -> None:
    choose = f"from ops.ports import next_free_port; print(next_free_port({PREFERRED}))"

    def chosen_elsewhere() -> int:
        return int(subprocess.run([sys.executable, "-c", choose], cwd=ROOT, capture_output=True, check=True).stdout)

    with reserving():
        ours = next_free_port(PREFERRED)
        theirs = chosen_elsewhere()
        # The server can take its port all the same.
        with socket.create_server((HOST, ours)):
            pass

    assert theirs > ours
    assert chosen_elsewhere() == ours
