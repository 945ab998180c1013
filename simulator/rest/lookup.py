"""Lookup v2: https://www.twilio.com/docs/lookup/v2-api"""

from datetime import datetime
from typing import Any

import phonenumbers
from aiohttp import web
from phonenumbers import PhoneNumberFormat, ValidationResult

from simulator.callees import Callees
from simulator.errors import CarrierError
from simulator.rest.context import carrier_of

PACKAGES = (
    "caller_name",
    "sim_swap",
    "call_forwarding",
    "line_status",
    "line_type_intelligence",
    "identity_match",
    "reassigned_number",
    "sms_pumping_risk",
    "phone_number_quality_score",
    "pre_fill",
)
SIMULATED = {"line_type_intelligence", "reassigned_number", "line_status"}
POSSIBILITY = {
    ValidationResult.TOO_SHORT: "TOO_SHORT",
    ValidationResult.TOO_LONG: "TOO_LONG",
    ValidationResult.INVALID_COUNTRY_CODE: "INVALID_COUNTRY_CODE",
    ValidationResult.INVALID_LENGTH: "INVALID_LENGTH",
    ValidationResult.IS_POSSIBLE_LOCAL_ONLY: "TOO_SHORT",
}


async def fetch(request: web.Request) -> web.Response:
    """What is known about a number; deterministic, since the number's line is."""
    asked = request.match_info["number"]
    wanted = {name for name in request.query.get("Fields", "").split(",") if name}
    if unknown := wanted - set(PACKAGES):
        raise CarrierError(20001, f"Fields={','.join(sorted(unknown))}")
    body = _validity(asked, request.query.get("CountryCode", "US"))
    body |= dict.fromkeys(PACKAGES)
    if body["valid"]:
        callees = carrier_of(request).callees
        for name in wanted & SIMULATED:
            body[name] = _package(name, body["phone_number"], callees, request.query.get("LastVerifiedDate", ""))
    body["url"] = f"https://lookups.twilio.com/v2/PhoneNumbers/{body['phone_number']}"
    return web.json_response(body)


def _package(name: str, number: str, callees: Callees, verified: str) -> dict[str, Any]:
    if name == "line_type_intelligence":
        kind = callees.line_type(number)
        return {
            "carrier_name": f"Simulated {kind} carrier",
            "error_code": None,
            "mobile_country_code": "310" if kind == "mobile" else None,
            "mobile_network_code": "555" if kind == "mobile" else None,
            "type": kind,
        }
    if name == "line_status":
        return {"status": "inactive" if callees.line(number) == "dead" else "active", "error_code": None}
    try:
        day = datetime.strptime(verified, "%Y%m%d").date()  # noqa: DTZ007 -- a calendar day has no zone
    except ValueError:
        raise CarrierError(20001, "LastVerifiedDate must be YYYYMMDD") from None
    known = callees.line(number) != "dead"
    answer = "no_data_available" if not known else "yes" if callees.is_reassigned(number) else "no"
    return {"last_verified_date": day.isoformat(), "is_number_reassigned": answer, "error_code": None}


def _validity(asked: str, country: str) -> dict[str, Any]:
    try:
        number = phonenumbers.parse(asked, country)
    except phonenumbers.NumberParseException:
        return _answer(asked, None, "NOT_A_NUMBER")
    possibility = phonenumbers.is_possible_number_with_reason(number)
    if possibility != ValidationResult.IS_POSSIBLE:
        return _answer(asked, None, POSSIBILITY.get(possibility, "INVALID_LENGTH"))
    if not phonenumbers.is_valid_number(number):
        return _answer(phonenumbers.format_number(number, PhoneNumberFormat.E164), None, "INVALID_BUT_POSSIBLE")
    return _answer(phonenumbers.format_number(number, PhoneNumberFormat.E164), number, "")


def _answer(shown: str, number: phonenumbers.PhoneNumber | None, error: str) -> dict[str, Any]:
    return {
        "calling_country_code": str(number.country_code) if number else None,
        "country_code": phonenumbers.region_code_for_number(number) if number else None,
        "phone_number": shown,
        "national_format": phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL) if number else None,
        "valid": not error,
        "validation_errors": [error] if error else [],
    }
