"""Which countries an account may dial: https://www.twilio.com/docs/voice/api/dialingpermissions-country-resource"""

from typing import Any

import phonenumbers
from aiohttp import web

from simulator.errors import CarrierError
from simulator.rest.context import account_of

URL = "https://voice.twilio.com/v1/DialingPermissions/Countries/"


async def fetch(request: web.Request) -> web.Response:
    """One country; all are open but those that `/sim/accounts` closed for the account."""
    code = request.match_info["country"]
    calling_code = phonenumbers.country_code_for_region(code)
    if not calling_code:
        raise CarrierError(20404, request.path)
    body: dict[str, Any] = {
        "iso_code": code,
        "name": code,
        "continent": None,
        "country_codes": [f"+{calling_code}"],
        "low_risk_numbers_enabled": code not in account_of(request).closed_countries,
        "high_risk_special_numbers_enabled": False,
        "high_risk_tollfraud_numbers_enabled": False,
        "url": URL + code,
        "links": {"highrisk_special_prefixes": f"{URL}{code}/HighRiskSpecialPrefixes"},
    }
    return web.json_response(body)
