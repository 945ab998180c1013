from typing import Any

import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from simulator.callees import load_callees
from simulator.config import PERSONALITIES

NUMBER = "+12125550123"


def look(client: Client, number: str, **query: Any) -> Any:
    return client.lookups.v2.phone_numbers(number).fetch(**query)


def test_valid_number_is_described(client: Client) -> None:
    found = look(client, NUMBER)

    assert (found.valid, found.country_code, found.calling_country_code) == (True, "US", "1")
    assert (found.national_format, found.validation_errors) == ("(212) 555-0123", [])
    assert found.line_type_intelligence is None


@pytest.mark.parametrize(
    ("number", "error"),
    [
        ("+1212555012", "TOO_SHORT"),
        ("+121255501234", "TOO_LONG"),
        ("+12120000000", "INVALID_BUT_POSSIBLE"),
        ("hello", "NOT_A_NUMBER"),
        ("+99912345678", "NOT_A_NUMBER"),
    ],
)
def test_bad_number_says_why(client: Client, number: str, error: str) -> None:
    found = look(client, number, fields="line_type_intelligence")

    assert (found.valid, found.validation_errors, found.line_type_intelligence) == (False, [error], None)


def test_line_type_is_that_of_the_callee(client: Client) -> None:
    callees = load_callees(PERSONALITIES, seed=1)
    numbers = [f"+1646200{n:04}" for n in range(12)]

    found = [look(client, number, fields="line_type_intelligence").line_type_intelligence["type"] for number in numbers]

    assert found == [callees.line_type(number) for number in numbers]


def test_reassigned_number_is_told_since_a_date(client: Client) -> None:
    callees = load_callees(PERSONALITIES, seed=1)
    number = next(
        n for n in (f"+1646200{i:04}" for i in range(500)) if callees.is_reassigned(n) and callees.line(n) != "dead"
    )

    found = look(client, number, fields="reassigned_number", last_verified_date="20250131").reassigned_number

    assert found == {"last_verified_date": "2025-01-31", "is_number_reassigned": "yes", "error_code": None}


def test_reassigned_number_needs_the_date(client: Client) -> None:
    with pytest.raises(TwilioRestException) as refused:
        look(client, NUMBER, fields="reassigned_number")

    assert refused.value.code == 20001


def test_unknown_package_is_refused(client: Client) -> None:
    with pytest.raises(TwilioRestException) as refused:
        look(client, NUMBER, fields="horoscope")

    assert refused.value.code == 20001
