from dataclasses import replace

import pytest

from simulator.callees import Answers, Plan
from simulator.detection import verdict
from simulator.model import AmdOptions

MACHINE = Plan(
    personality="voicemail",
    answers=Answers.MACHINE,
    setup_seconds=1,
    ring_seconds=18,
    talk_seconds=100,
    patience_seconds=0,
    verdict="machine",
    amd_seconds=3.5,
    greeting_seconds=12,
    beep=True,
    intent="voicemail",
    callback_hours=None,
    presses="",
    survey=(),
    sip=0,
)
ENABLE, MESSAGE_END = AmdOptions(), AmdOptions(until_message_end=True)


@pytest.mark.parametrize(
    ("plan", "options", "expected"),
    [
        (MACHINE, ENABLE, ("machine_start", 3.5)),
        (MACHINE, MESSAGE_END, ("machine_end_beep", 12.6)),
        (replace(MACHINE, beep=False), MESSAGE_END, ("machine_end_silence", 13.2)),
        (replace(MACHINE, greeting_seconds=40), MESSAGE_END, ("machine_end_other", 30.0)),
        (replace(MACHINE, answers=Answers.PERSON), MESSAGE_END, ("machine_end_other", 4.7)),
        (replace(MACHINE, verdict="human"), MESSAGE_END, ("human", 3.5)),
        (replace(MACHINE, verdict="fax"), ENABLE, ("fax", 3.5)),
        (MACHINE, AmdOptions(timeout=3.0), ("unknown", 3.0)),
        (None, ENABLE, ("unknown", 30.0)),
    ],
)
def test_verdict(plan: Plan | None, options: AmdOptions, expected: tuple[str, float]) -> None:
    assert verdict(plan, options) == expected
