"""Where a call is recorded only after everybody has agreed."""

from dataclasses import replace
from datetime import date

import pytest

from apps.compliance.domain.recording import recording_demands
from apps.compliance.rulebook.loader import load_rulebook

TODAY = date(2026, 11, 21)


def ids(*jurisdictions: str, on: date = TODAY) -> list[str]:
    return [rule.id for rule in recording_demands(jurisdictions, load_rulebook(), on)]


@pytest.mark.parametrize(
    ("jurisdictions", "demands"),
    [
        (("US", "US-NY"), []),
        (("US", "US-CA"), ["US-CA.recording.all"]),
        # The address is in New York, the number from Florida: both must do without.
        (("US", "US-NY", "US-FL"), ["US-FL.recording.all"]),
        (("US", "US-WA", "US-FL"), ["US-WA.recording.all", "US-FL.recording.all"]),
        (("US", "US-UNKNOWN"), ["US-UNKNOWN.recording.all"]),
        (("US",), ["US-UNKNOWN.recording.all"]),
        (("CA", "CA-ON"), ["P.recording.all"]),
        (("US", "DE", "US-NY"), ["P.recording.all"]),
        (("GB",), ["P.recording.all"]),
        ((), ["P.recording.all"]),
    ],
)
def test_every_candidate_place_must_do_without(jurisdictions: tuple[str, ...], demands: list[str]) -> None:
    assert ids(*jurisdictions) == demands


@pytest.mark.parametrize("state", ["CA", "CT", "DE", "FL", "IL", "MD", "MA", "MT", "NV", "NH", "PA", "WA"])
def test_states_that_ask_everybody_are_cited(state: str) -> None:
    (rule,) = recording_demands(("US", f"US-{state}"), load_rulebook(), TODAY)
    assert (rule.jurisdiction, len(rule.source) > 8) == (f"US-{state}", True)


def test_rows_count_from_their_first_day_to_their_last() -> None:
    book = load_rulebook()
    new_york = replace(book.recording[1], id="US-NY.x", jurisdiction="US-NY", is_all_party=True)
    dated = replace(new_york, effective_from=date(2026, 3, 1), effective_to=date(2026, 3, 31))
    changed = replace(book, recording=(*book.recording, dated))
    days = (date(2026, 2, 28), date(2026, 3, 1), date(2026, 3, 31), date(2026, 4, 1))
    assert [len(recording_demands(("US", "US-NY"), changed, day)) for day in days] == [0, 1, 1, 0]


def test_a_day_before_all_rows_asks_everybody() -> None:
    assert ids("US", "US-NY", on=date(2019, 12, 31)) == ["P.recording.all"]
