"""A lawful call to change one fact of."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from apps.compliance.domain import CallFacts, Decision, decide, resolve_place
from apps.compliance.domain.codes import Consent, DialMode, LineType, Purpose, Subject
from apps.compliance.rulebook import find_zip, load_rulebook

BOOK = load_rulebook()
GEOGRAPHY = BOOK.geography
# A Wednesday: 16:00 in New York, 13:00 in Los Angeles, 10:00 in Honolulu; every sales window in the US is open.
NOON = datetime(2026, 7, 15, 20, tzinfo=UTC)
# A register copy dated after every call of the tests, so that it is never too old.
FRESH = datetime(2030, 1, 1, tzinfo=UTC)


def area_code_of(state: str) -> str:
    """One area code of a state such as `US-FL`, of a single zone where the state has one."""
    codes = [code for code, area in GEOGRAPHY.area_codes.items() if area.states == (state,)]
    return min(codes, key=lambda code: (len(GEOGRAPHY.area_codes[code].zones), code))


def phone_of(state: str) -> str:
    return f"+1{area_code_of(state)}5550123"


def local(text: str, zone: str) -> datetime:
    """`2026-11-18 20:30` on the clock of a zone."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


def place_of(
    phone: str, *, region: str = "", state: str = "", zip_code: str = "", line: LineType, zone: str = ""
) -> Any:
    return resolve_place(
        phone=phone,
        region=region,
        state=state,
        postal_code=zip_code,
        line_type=line,
        confirmed_zone=zone,
        geography=GEOGRAPHY,
        find_zip=find_zip,
    )


def call(state: str = "US-VA", *, phone: str = "", zip_code: str = "", region: str = "", **facts: Any) -> CallFacts:
    """A manual sales call to a consumer's landline, with nothing against it."""
    number = phone or phone_of(state)
    line = facts.get("line_type", LineType.LANDLINE)
    lawful: dict[str, Any] = {
        "phone": number,
        "is_number_valid": True,
        "place": place_of(number, region=region, state=state, zip_code=zip_code, line=line),
        "purpose": Purpose.COMMERCIAL,
        "subject": Subject.CONSUMER,
        "dial_mode": DialMode.MANUAL,
        "line_type": line,
        "on_national_dnc": False,
        "on_state_dnc": False,
        "on_entity_dnc": False,
        "national_register_at": FRESH,
        "state_register_at": FRESH,
        "consent": Consent.NONE,
        "attempts_last_24h": 0,
        "abandoned_percent": 0.0,
        "enabled_countries": BOOK.countries,
    }
    return CallFacts(**{**lawful, **facts})


def judged(facts: CallFacts, at: datetime = NOON) -> Decision:
    return decide(facts, BOOK, at)


def reasons(facts: CallFacts, at: datetime = NOON) -> list[str]:
    return list(decide(facts, BOOK, at).reasons)


def reasons_at(text: str, facts: CallFacts) -> list[str]:
    """The reasons at a local time of the call's first zone."""
    return reasons(facts, local(text, facts.place.zones[0]))
