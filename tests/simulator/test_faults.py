from random import Random

import pytest

from simulator.faults import Fault, FaultBoard, FaultKind


def board(*faults: dict[str, object]) -> FaultBoard:
    return FaultBoard(Random(1), [Fault.parse(fault) for fault in faults])


def test_fault_strikes_its_target_only() -> None:
    faults = board({"kind": "fails_before", "target": "calls.create"})

    assert faults.strike("calls.update") is None
    struck = faults.strike("calls.create")
    assert struck is not None
    assert struck.kind is FaultKind.FAILS_BEFORE


def test_next_n_strikes_n_times() -> None:
    faults = board({"kind": "lost", "next": 2})

    assert [faults.strike("callback.status") is not None for _ in range(4)] == [True, True, False, False]


def test_probability_strikes_that_share() -> None:
    faults = board({"kind": "lost", "probability": 0.25})

    assert 200 < sum(faults.strike("callback.status") is not None for _ in range(1000)) < 300


def test_callback_fault_never_strikes_rest_nor_the_other_way() -> None:
    faults = board({"kind": "lost", "target": "*"}, {"kind": "slow", "target": "*"})

    callback, operation = faults.strike("callback.amd"), faults.strike("calls.create")
    assert callback is not None
    assert operation is not None
    assert (callback.kind, operation.kind) == (FaultKind.LOST, FaultKind.SLOW)


@pytest.mark.parametrize(
    "data", [{"kind": "angry"}, {}, {"kind": "lost", "colour": "red"}, {"kind": "lost", "next": "x"}]
)
def test_nonsense_is_refused(data: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"fault|invalid|Fault"):
        Fault.parse(data)
