from datetime import UTC, datetime

import pytest

from apps.reports.diagnosis import DialFacts, diagnose

USUAL: dict[str, object] = {
    "state": "RUNNING",
    "state_reason": "",
    "starts_at": None,
    "blockers": (),
    "is_taking_in": False,
    "is_manual": False,
    "ready_open": 40,
    "ready_closed": 0,
    "opens_at": None,
    "judged": 40,
    "refused": {},
    "labels": {"NO_PITCH": "No pitch"},
    "being_called": 0,
    "waiting": {},
    "done": 0,
    "agents": {"READY": 2},
    "is_dialler_silent": False,
}


def sentence(**changes: object) -> str | None:
    return diagnose(DialFacts(**(USUAL | changes)))  # type: ignore[arg-type]  # names and types are those of USUAL


def test_campaign_that_dials_has_no_diagnosis() -> None:
    assert [sentence(), sentence(ready_open=0, being_called=3, waiting={"retry": 9})] == [None, None]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"state": "DRAFT"}, "It has not been started."),
        (
            {"state": "DRAFT", "blockers": ["It has no script: choose one."]},
            "It has not been started. It has no script: choose one.",
        ),
        ({"state": "PAUSED"}, "It is paused: no new calls are placed, live calls finish."),
        ({"state": "PAUSED", "state_reason": "Abandonment is at 3.1 %."}, "Abandonment is at 3.1 %."),
        (
            {"state": "SCHEDULED", "starts_at": datetime(2026, 6, 17, 13, 0, tzinfo=UTC)},
            "It starts on its own on Wed 17 Jun, 13:00.",
        ),
        ({"state": "COMPLETED", "waiting": {"retry": 2}}, "It is completed. 42 leads were left."),
        ({"blockers": ["It has no caller id: choose one."]}, "It has no caller id: choose one."),
        (
            {"ready_open": 0},
            "Its lists have no leads that can be called: upload a file or choose another list.",
        ),
        ({"ready_open": 0, "done": 7}, "All its 7 leads are done. Add a list or complete the campaign."),
        (
            {
                "ready_open": 0,
                "ready_closed": 300,
                "opens_at": datetime(2026, 6, 17, 13, 0, tzinfo=UTC),
                "waiting": {
                    "retry": 20,
                    "calling_time": 2,
                    "dnc_entity": 5,
                    "attempt_cap": 4,
                    "callback": 3,
                    "awaiting_disposition": 1,
                },
            },
            "None of the 335 leads left may be called now: 302 outside calling hours (the first open Wed 13:00 your "
            "time), 20 called before, waiting for the next try, 5 asked you not to call again, 4 called as often as the "
            "law allows for now, 4 for other reasons.",
        ),
        (
            {"is_dialler_silent": True},
            "The dialler has not looked at this campaign for a while: the worker of the dial queue may be down.",
        ),
        (
            {"ready_open": 0, "waiting": {"NO_PITCH": 2}},
            "None of the 2 leads left may be called now: 2 No pitch.",
        ),
        (
            {"ready_open": 0, "is_taking_in": True},
            "Its leads are being taken into the queue; calls start when that is done.",
        ),
        (
            {"ready_open": 0, "done": 7, "is_taking_in": True, "is_dialler_silent": True},
            "Its leads are being taken into the queue; calls start when that is done. If this lasts for minutes, the "
            "worker of the dial queue may be down.",
        ),
        (
            {"refused": {"dnc_entity": 30, "attempt_cap": 10}},
            "40 leads are ready in open hours, but none of the next 40 may be called: 30 asked you not to call again, "
            "10 called as often as the law allows for now.",
        ),
        (
            {"refused": {"dnc_entity": 39}, "agents": {}},
            "40 leads are ready in open hours, but no agent is signed in.",
        ),
        (
            {"ready_open": 56_036, "agents": {}},
            "56,036 leads are ready in open hours, but no agent is signed in.",
        ),
        ({"agents": {"BREAK": 3}}, "40 leads are ready in open hours, but all 3 agents are on a break."),
    ],
)
def test_diagnosis_names_the_first_thing_to_change(changes: dict[str, object], expected: str) -> None:
    assert sentence(**changes) == expected


def test_busy_agents_and_manual_dialling_are_no_fault() -> None:
    assert [sentence(agents={"ON_CALL": 1}), sentence(agents={}, is_manual=True)] == [None, None]
