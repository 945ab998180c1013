from typing import Any

import pytest
import requests
from twilio.rest import Client

from tests.conformance.client import SpecAdapter
from tests.conformance.running import RunningCarrier
from tests.conformance.spec import API, ConformanceError, api_spec

FROM, TO = "+12025550101", "+12125550180"
GOOD = {"from_": FROM, "to": TO, "twiml": "<Response><Hangup/></Response>"}


def test_good_create_passes(client: Client) -> None:
    events = ["initiated", "ringing", "answered", "completed"]

    call = client.calls.create(**GOOD, status_callback="http://127.0.0.1:9/status", status_callback_event=events)

    assert call.status == "queued"


@pytest.mark.parametrize(
    "field",
    [
        {"status_callback_event": ["begun"]},
        {"async_amd": True},
        {"machine_detection": "enable"},
        {"timeout": 601},
        {"machine_detection_speech_threshold": 999},
        {"recording_channels": "stereo"},
        {"method": "FETCH"},
    ],
    ids=str,
)
def test_bad_field_is_caught_before_it_is_sent(client: Client, carrier: RunningCarrier, field: dict[str, Any]) -> None:
    with pytest.raises(ConformanceError):
        client.calls.create(**GOOD, **field)

    assert carrier.sim("stats")["counts"].get("rest.calls.create", 0) == 0


@pytest.mark.parametrize("misspelt", ["Statuscallback", "MachineDetect"])
def test_misspelt_field_is_caught(misspelt: str) -> None:
    url = f"{API}/2010-04-01/Accounts/AC{'0' * 31}1/Calls.json"
    request = requests.Request("POST", url, data={"To": TO, "From": FROM, misspelt: "x"}, auth=("a", "b")).prepare()

    with pytest.raises(ConformanceError, match=misspelt):
        api_spec().check_request(request)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({"status": "initiated"}, "initiated"),
        ({"start_time": "2026-03-10T13:00:00Z"}, "2026-03-10"),
        ({"duration": 12}, "12"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_bad_answer_is_caught(body: dict[str, Any], reason: str) -> None:
    url = f"{API}/2010-04-01/Accounts/AC{'0' * 31}1/Calls/CA{'1' * 32}.json"
    request = requests.Request("GET", url, auth=("a", "b")).prepare()
    answer = requests.Response()
    answer.status_code = 200
    answer.headers["Content-Type"] = "application/json"
    answer._content = requests.compat.json.dumps(body).encode()

    with pytest.raises(ConformanceError, match=reason):
        api_spec().check_response(request, answer)


def test_every_field_of_a_call_is_sent(client: Client, carrier: RunningCarrier) -> None:
    sid = client.calls.create(**GOOD).sid
    session = requests.Session()
    session.mount("http://", SpecAdapter(carrier.address))

    body = session.get(
        f"{carrier.address}/2010-04-01/Accounts/{client.account_sid}/Calls/{sid}.json",
        auth=(client.username, client.password),
    ).json()

    assert set(body) == api_spec().resource("api.v2010.account.call")
