from datetime import datetime, timedelta

import pytest
import requests
from twilio.rest import Client

from simulator.config import DEFAULT_ACCOUNT_SID, DEFAULT_AUTH_TOKEN
from tests.conformance.running import MORNING, Customer, RunningCarrier
from tests.simulator.helpers import BUSY, JOIN, PERSON, STEADY, dial, meet, park_agent


def test_health_says_that_it_is_a_simulation(carrier: RunningCarrier) -> None:
    health = carrier.sim("health")

    assert (health["ok"], health["simulation"], health["clock"]["speed"]) == (True, True, 600.0)
    assert datetime.fromisoformat(health["clock"]["start"]) == MORNING


def test_landing_page_says_that_it_is_a_simulation(carrier: RunningCarrier) -> None:
    page = requests.get(carrier.address, timeout=10)

    assert "This is a simulation, not a carrier" in page.text


def test_every_dial_is_kept_with_its_instants(client: Client, carrier: RunningCarrier, customer: Customer) -> None:
    sids = [dial(client, customer, BUSY) for _ in range(3)]
    for sid in sids:
        carrier.wait_over(sid)

    first = carrier.sim("dials?limit=2")
    rest = carrier.sim(f"dials?after={first['next']}")
    assert [row["n"] for row in first["dials"] + rest["dials"]] == [1, 2, 3]
    assert {row["call_sid"] for row in first["dials"] + rest["dials"]} == set(sids)
    assert all(datetime.fromisoformat(row["ringing_at"]) > MORNING for row in first["dials"])
    assert {row["url"] for row in first["dials"]} == {customer.url("/answer")}


def test_dials_are_found_by_number(client: Client, carrier: RunningCarrier, customer: Customer) -> None:
    dial(client, customer, PERSON)
    carrier.wait_over(dial(client, customer, BUSY))

    found = carrier.sim("dials", "GET")["dialled"], carrier.sim("dials?to=%2B12125550190")["dials"]

    assert (found[0], [row["to"] for row in found[1]]) == (2, [BUSY])


@STEADY
def test_simulated_agent_learns_what_the_callee_wants(
    client: Client, carrier: RunningCarrier, customer: Customer
) -> None:
    carrier.pin(PERSON, "callback")
    customer.answers["/answer"] = JOIN
    park_agent(client, customer)

    row = carrier.wait_until(dial(client, customer, PERSON), lambda row: row["answered_at"] is not None)

    wanted = datetime.fromisoformat(row["callback_at"]) - datetime.fromisoformat(row["answered_at"])
    assert row["intent"] == "callback"
    assert timedelta(hours=3) <= wanted <= timedelta(hours=72)
    assert 20 <= row["talk_seconds"] <= 80
    assert len(row["survey"]) == 20


@STEADY
def test_far_end_hangs_up_on_demand(client: Client, carrier: RunningCarrier, customer: Customer) -> None:
    _, sid = meet(client, carrier, customer)

    carrier.sim(f"calls/{sid}/hang_up", "POST")

    assert carrier.wait_over(sid)["ended_by"] == "callee"


@pytest.mark.parametrize("carrier", [6.0], indirect=True)
def test_far_end_answers_on_demand_unless_nobody_is_there(
    client: Client, carrier: RunningCarrier, customer: Customer
) -> None:
    carrier.pin(PERSON, "sale_slow")
    carrier.pin(BUSY, "no_answer")
    carrier.change("sale_slow", ring=[500, 500])
    there, nobody = (dial(client, customer, number, timeout=600) for number in (PERSON, BUSY))
    for sid in (there, nobody):
        carrier.wait_until(sid, lambda row: row["status"] == "ringing")

    answers = [
        requests.post(f"{carrier.address}/sim/calls/{sid}/answer", timeout=10).status_code for sid in (there, nobody)
    ]

    row = carrier.wait_until(there, lambda row: row["answered_at"] is not None)
    rang = datetime.fromisoformat(row["answered_at"]) - datetime.fromisoformat(row["ringing_at"])
    assert (answers, rang < timedelta(seconds=500)) == ([200, 409], True)


def test_reset_forgets_all_but_the_accounts(client: Client, carrier: RunningCarrier, customer: Customer) -> None:
    carrier.wait_over(dial(client, customer, BUSY))
    carrier.fault("lost")

    carrier.sim("reset", "POST")

    assert carrier.sim("stats")["counts"] == {}
    assert carrier.sim("faults") == {"faults": []}
    assert client.calls.list() == []


def test_reset_while_people_talk_tells_nobody(client: Client, carrier: RunningCarrier, customer: Customer) -> None:
    park_agent(client, customer)
    told = len(customer.wait_for("/conference", 2))

    carrier.sim("reset", "POST")

    assert (len(customer.diary), client.conferences.list()) == (told, [])


def test_account_is_opened_by_control(client: Client, carrier: RunningCarrier) -> None:
    sid = "AC" + "7".zfill(32)

    opened = carrier.sim(
        "accounts", "POST", {"sid": sid, "auth_token": "simulated-x", "cps": 5, "numbers": ["+12025550107"]}
    )

    assert opened == {"sid": sid, "cps": 5.0, "numbers": ["+12025550107"]}
    assert client.api.v2010.accounts(sid).fetch().status == "active"


@pytest.mark.parametrize(
    ("path", "method", "body"),
    [
        ("accounts", "POST", {"sid": "AC" + "ab" * 16, "auth_token": "simulated-x"}),
        ("accounts", "POST", {"sid": "AC" + "7".zfill(32), "auth_token": "ab" * 16}),
        ("faults", "POST", {"kind": "angry"}),
        ("callees/+12125550100", "PUT", {"personality": "ghost"}),
        ("dials?after=x", "GET", None),
    ],
)
def test_nonsense_is_refused(carrier: RunningCarrier, path: str, method: str, body: object) -> None:
    answer = requests.request(method, f"{carrier.address}/sim/{path}", json=body, timeout=10)

    assert answer.status_code == 400


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "calls/CA0"), ("POST", "calls/CA0/hang_up"), ("POST", "calls/CA0/answer")]
)
def test_unknown_call_is_not_found(carrier: RunningCarrier, method: str, path: str) -> None:
    assert requests.request(method, f"{carrier.address}/sim/{path}", timeout=10).status_code == 404


def test_default_credentials_are_plainly_simulated() -> None:
    assert DEFAULT_ACCOUNT_SID.startswith("AC000000000000")
    assert DEFAULT_AUTH_TOKEN.startswith("simulated-")
