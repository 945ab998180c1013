from collections import Counter
from pathlib import Path

import pytest

from simulator.callees import Answers, Callees, load_callees
from simulator.config import PERSONALITIES


@pytest.fixture
def callees() -> Callees:
    return load_callees(PERSONALITIES, seed=7)


def test_same_seed_number_and_ordinal_give_the_same_plan(callees: Callees) -> None:
    again = load_callees(PERSONALITIES, seed=7)

    assert [callees.plan("+12125550123", n) for n in range(1, 20)] == [
        again.plan("+12125550123", n) for n in range(1, 20)
    ]


def test_another_seed_gives_another_population(callees: Callees) -> None:
    other = load_callees(PERSONALITIES, seed=8)
    numbers = [f"+1212555{n:04}" for n in range(100, 180)]

    assert [callees.plan(n, 1) for n in numbers] != [other.plan(n, 1) for n in numbers]


def test_attempts_at_one_number_differ(callees: Callees) -> None:
    assert len({callees.plan("+12125550123", n).personality for n in range(1, 40)}) > 1


@pytest.mark.parametrize("area", ["212", "310", "907"])
def test_last_four_digits_of_fictional_numbers_decide(callees: Callees, area: str) -> None:
    assert callees.plan(f"+1{area}5550190", 1).answers is Answers.BUSY
    assert callees.plan(f"+1{area}5550183", 3).intent == "dnc"


def test_last_four_digits_of_other_numbers_do_not(callees: Callees) -> None:
    assert {callees.plan("+12124440190", n).answers for n in range(1, 30)} != {Answers.BUSY}


def test_no_fictional_number_keeps_an_agent_for_an_hour(callees: Callees) -> None:
    talks = {f"01{ending:02}": callees.plan(f"+121255501{ending:02}", 1).talk_seconds for ending in range(100)}

    assert [ending for ending, seconds in talks.items() if seconds > 3600] == []


def test_pinned_number_keeps_its_personality(callees: Callees) -> None:
    callees.pin("+12125550123", "fax")

    assert {callees.plan("+12125550123", n).personality for n in range(1, 5)} == {"fax"}


def test_unknown_personality_can_not_be_pinned(callees: Callees) -> None:
    with pytest.raises(KeyError):
        callees.pin("+12125550123", "ghost")


def test_population_follows_its_shares(callees: Callees) -> None:
    drawn = Counter(callees.plan(f"+1646200{n:04}", 1).answers for n in range(4000))

    assert 0.20 < drawn[Answers.PERSON] / 4000 < 0.45
    assert 0.20 < drawn[Answers.NOBODY] / 4000 < 0.35
    assert 0.01 < drawn[Answers.FAILED] / 4000 < 0.06


def test_line_of_a_number_never_changes(callees: Callees) -> None:
    kinds = {callees.line("+12125550123") for _ in range(5)}

    assert len(kinds) == 1


def test_reassigned_numbers_are_few(callees: Callees) -> None:
    assert 60 <= sum(callees.is_reassigned(f"+1646200{n:04}") for n in range(3000)) <= 130


def test_name_that_leads_nowhere_is_refused(tmp_path: Path) -> None:
    data = tmp_path / "people.toml"
    data.write_text(
        '[numbers]\n"0190" = "ghost"\n[line.a]\nshare = 1\nline_types = { mobile = 1 }\n'
        'personalities = { busy = 1 }\n[personality.busy]\nanswers = "busy"\n'
    )

    with pytest.raises(ValueError, match="ghost"):
        load_callees(data, seed=1)
