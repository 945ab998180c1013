from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.dialer.domain.pacing import THROTTLE_PERCENT, Pace, Snapshot, decide

USUAL = Snapshot(
    mode="PROGRESSIVE",
    ratio=2.0,
    ready=3,
    signed_in=5,
    in_flight=0,
    callable_now=True,
    abandoned_percent=0.0,
    cap=10,
)
SNAPSHOTS = st.builds(
    Snapshot,
    mode=st.sampled_from(["MANUAL", "PREVIEW", "PROGRESSIVE", "RATIO"]),
    ratio=st.floats(1, 10),
    ready=st.integers(0, 50),
    signed_in=st.integers(0, 60),
    in_flight=st.integers(0, 80),
    callable_now=st.booleans(),
    abandoned_percent=st.floats(0, 100),
    cap=st.integers(0, 40),
)


@pytest.mark.parametrize(
    ("changes", "dials", "is_bound", "reason"),
    [
        ({"mode": "MANUAL"}, 0, True, "Manual: agents choose whom to call."),
        ({"signed_in": 0, "ready": 0}, 0, True, "No agent is signed in."),
        ({"ready": 0}, 0, True, "No agent is ready: all are on calls, in wrap-up or on break."),
        ({"callable_now": False}, 0, True, "No lead may be called at this hour."),
        ({"mode": "PREVIEW"}, 3, True, "Offered a lead to each of 3 ready agents."),
        ({}, 3, True, "Dialled 3 for 3 ready agents, one line each."),
        ({"cap": 1}, 1, True, "Dialled 1 for 3 ready agents, one line each; the account's rate allowed 1 of 3."),
        ({"mode": "RATIO"}, 6, False, "Dialled 6: 3 ready agents x 2 lines, 0 in flight, 0.00 % abandoned."),
        (
            {"mode": "RATIO", "in_flight": 2, "cap": 3},
            3,
            False,
            "Dialled 3: 3 ready agents x 2 lines, 2 in flight, 0.00 % abandoned; the account's rate allowed 3 of 4.",
        ),
        (
            {"mode": "RATIO", "abandoned_percent": 2.5},
            3,
            True,
            "Dialled 3 for 3 ready agents, one line each, because 2.50 % were abandoned (throttled from 2.5 %).",
        ),
    ],
)
def test_pace_and_its_sentence(changes: dict[str, object], dials: int, is_bound: bool, reason: str) -> None:
    assert decide(replace(USUAL, **changes)) == Pace(dials, is_bound, reason)


@given(SNAPSHOTS)
def test_pace_keeps_its_bounds(snapshot: Snapshot) -> None:
    pace = decide(snapshot)

    assert pace.dials >= 0
    assert pace.reason.endswith(".")
    assert pace.is_bound or snapshot.abandoned_percent < THROTTLE_PERCENT
    if snapshot.ready == 0 or not snapshot.callable_now:
        assert pace.dials == 0
    if pace.is_bound:
        assert pace.dials <= snapshot.ready
    if snapshot.mode != "PREVIEW":
        assert pace.dials <= snapshot.cap
    if not pace.is_bound:
        assert pace.dials + snapshot.in_flight <= max(snapshot.in_flight, snapshot.ready * snapshot.ratio)


@given(SNAPSHOTS, st.integers(0, 20))
def test_more_calls_in_flight_never_start_more(snapshot: Snapshot, more: int) -> None:
    busier = replace(snapshot, in_flight=snapshot.in_flight + more)

    assert decide(busier).dials <= decide(snapshot).dials
