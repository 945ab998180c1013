"""What must hold across rows: nothing the gate asks for may be missing from the rulebook."""

from collections import Counter
from collections.abc import Iterator

from apps.compliance.domain.codes import PolicyId, Purpose, Register
from apps.compliance.domain.rulebook import EVERYWHERE, UNKNOWN_STATE, Rulebook
from apps.compliance.rulebook.table import Problem


def find_gaps(rulebook: Rulebook) -> Iterator[Problem]:
    """Faults no single row shows. They name the file as a whole (row 0) and the thing that is missing."""
    yield from _shared_ids(rulebook)
    yield from _missing_policies(rulebook)
    yield from _missing_hours(rulebook)
    yield from _missing_state_rows(rulebook)
    yield from _missing_holidays(rulebook)
    yield from _missing_recording(rulebook)
    yield from _unplaced_area_codes(rulebook)


def _shared_ids(rulebook: Rulebook) -> Iterator[Problem]:
    rules = (*rulebook.windows, *rulebook.caps, *rulebook.registers, *rulebook.consents, *rulebook.abandonment)
    recording = (rule.id for rule in rulebook.recording)
    for rule_id, times in Counter([*(rule.id for rule in rules), *recording, *rulebook.policies]).items():
        if times > 1:
            yield Problem("rule files", 0, "id", rule_id, "use an id in one file only")


def _missing_policies(rulebook: Rulebook) -> Iterator[Problem]:
    for policy in PolicyId:
        if policy not in rulebook.policies:
            yield Problem("policies.csv", 0, "id", policy, "add the row the gate cites")


def _missing_hours(rulebook: Rulebook) -> Iterator[Problem]:
    """Every covered country has hours without an end for every purpose, and zones."""
    for country in sorted(rulebook.countries):
        rows = [rule for rule in rulebook.windows if rule.jurisdiction == country and rule.effective_to is None]
        for purpose in Purpose:
            if not any(purpose in rule.purposes for rule in rows):
                yield Problem("windows.csv", 0, "purposes", f"{country} {purpose}", "add the country's hours for it")


def _missing_state_rows(rulebook: Rulebook) -> Iterator[Problem]:
    """Each US state, and the unknown one, has sales hours and a row for its own register."""
    states = [code for code in rulebook.geography.state_zones if code.startswith("US-")]
    with_hours = {rule.jurisdiction for rule in rulebook.windows}
    with_register = {rule.jurisdiction for rule in rulebook.registers if rule.register is Register.STATE}
    for state in (*states, UNKNOWN_STATE):
        if state not in with_hours:
            yield Problem("windows.csv", 0, "jurisdiction", state, "add the state's sales hours")
        if state not in with_register:
            yield Problem("registers.csv", 0, "jurisdiction", state, "add a row for the state's register")


def _missing_holidays(rulebook: Rulebook) -> Iterator[Problem]:
    calendars = {calendar for rule in rulebook.holidays for calendar in rule.calendars}
    for rule in rulebook.windows:
        if rule.holiday is not None and rule.jurisdiction not in calendars:
            yield Problem("holidays.csv", 0, "calendars", rule.jurisdiction, f"add the holidays {rule.id} closes on")


def _missing_recording(rulebook: Rulebook) -> Iterator[Problem]:
    """Where nothing is known everybody is asked, and no two rows of a place contradict each other."""
    lasting = {rule.jurisdiction for rule in rulebook.recording if rule.effective_to is None and rule.is_all_party}
    for place in (EVERYWHERE, UNKNOWN_STATE):
        if place not in lasting:
            yield Problem("recording.csv", 0, "needs", place, "add the row that asks everybody")
    for place, times in Counter(rule.jurisdiction for rule in rulebook.recording if rule.effective_to is None).items():
        if times > 1:
            yield Problem("recording.csv", 0, "jurisdiction", place, "end one of its rows")


def _unplaced_area_codes(rulebook: Rulebook) -> Iterator[Problem]:
    states = rulebook.geography.state_zones
    for code, area in rulebook.geography.area_codes.items():
        if area.country in rulebook.countries and not (
            area.zones and area.states and states.keys() >= set(area.states)
        ):
            yield Problem("area_codes.csv", 0, "states", code, "give the area code known states and zones")
