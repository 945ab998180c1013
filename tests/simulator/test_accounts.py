import pytest
import requests
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from simulator.config import DEFAULT_ACCOUNT_SID, AccountConfig
from tests.conformance.client import conforming_client
from tests.conformance.running import Customer, RunningCarrier, fast_config
from tests.simulator.helpers import BUSY, FROM, dial

STRANGER = "AC" + "9".zfill(32)


def refusal(client: Client) -> tuple[int, int | None]:
    with pytest.raises(TwilioRestException) as refused:
        client.calls.create(to=BUSY, from_=FROM, twiml="<Response/>")
    return refused.value.status, refused.value.code


def test_wrong_token_is_refused(carrier: RunningCarrier) -> None:
    assert refusal(conforming_client(carrier.address, token="simulated-wrong")) == (401, 20003)


def test_request_without_sign_in_is_refused(carrier: RunningCarrier) -> None:
    answer = requests.get(f"{carrier.address}/2010-04-01/Accounts/{DEFAULT_ACCOUNT_SID}/Calls.json", timeout=10)

    assert (answer.status_code, answer.json()["code"]) == (401, 20003)
    assert "WWW-Authenticate" in answer.headers


def test_plainly_simulated_account_is_opened_on_first_use(carrier: RunningCarrier) -> None:
    stranger = conforming_client(carrier.address, STRANGER, "simulated-x")

    assert stranger.calls.list() == []
    assert refusal(conforming_client(carrier.address, STRANGER, "simulated-y")) == (401, 20003)


def test_stranger_is_refused_when_accounts_are_fixed() -> None:
    with RunningCarrier(fast_config(adopts_accounts=False)) as carrier:
        assert refusal(conforming_client(carrier.address, STRANGER, "simulated-x")) == (401, 20003)


def test_subaccount_has_its_own_token_and_calls(client: Client, carrier: RunningCarrier, customer: Customer) -> None:
    sub = client.api.v2010.accounts.create(friendly_name="Acme")
    acme = conforming_client(carrier.address, sub.sid, sub.auth_token)
    customer.token = sub.auth_token

    sid = dial(acme, customer, BUSY)

    told = customer.wait_for("/status", 3)
    assert {one.fields["AccountSid"] for one in told} == {sub.sid}
    assert all(one.signed for one in told)
    assert client.calls.list() == []
    assert [call.sid for call in acme.calls.list()] == [sid]


def test_owner_acts_for_a_subaccount_but_not_the_other_way(client: Client, carrier: RunningCarrier) -> None:
    sub = client.api.v2010.accounts.create(friendly_name="Acme")
    owner_as_sub = conforming_client(carrier.address)
    owner_as_sub = Client(client.username, client.password, sub.sid, http_client=owner_as_sub.http_client)
    sub_as_owner = Client(sub.sid, sub.auth_token, DEFAULT_ACCOUNT_SID, http_client=owner_as_sub.http_client)

    assert owner_as_sub.calls.create(to=BUSY, from_=FROM, twiml="<Response/>").account_sid == sub.sid
    assert refusal(sub_as_owner) == (401, 20003)


def test_suspended_account_dials_no_more_until_reopened(client: Client, carrier: RunningCarrier) -> None:
    sub = client.api.v2010.accounts.create(friendly_name="Acme")
    acme = conforming_client(carrier.address, sub.sid, sub.auth_token)
    client.api.v2010.accounts(sub.sid).update(status="suspended")

    assert refusal(acme)[1] == 20005
    client.api.v2010.accounts(sub.sid).update(status="active")
    assert acme.calls.list() == []


def test_accounts_are_listed(client: Client) -> None:
    sub = client.api.v2010.accounts.create(friendly_name="Acme")

    assert {one.sid for one in client.api.v2010.accounts.list()} == {DEFAULT_ACCOUNT_SID, sub.sid}
    assert [one.sid for one in client.api.v2010.accounts.list(friendly_name="Acme")] == [sub.sid]
    assert client.api.v2010.accounts(sub.sid).fetch().owner_account_sid == DEFAULT_ACCOUNT_SID


def test_unknown_path_is_not_found(client: Client, carrier: RunningCarrier) -> None:
    url = f"{carrier.address}/2010-04-01/Accounts/{DEFAULT_ACCOUNT_SID}/Faxes.json"

    answer = requests.get(url, auth=(client.username, client.password), timeout=10)

    assert (answer.status_code, answer.json()["code"]) == (404, 20404)


def test_too_many_requests_at_once_are_refused() -> None:
    with RunningCarrier(fast_config(concurrent_requests=0)) as carrier:
        assert refusal(conforming_client(carrier.address)) == (429, 20429)


def test_numbers_are_bought_changed_and_released(client: Client) -> None:
    bought = client.incoming_phone_numbers.create(phone_number=FROM, voice_url="http://127.0.0.1:9/voice")

    client.incoming_phone_numbers(bought.sid).update(friendly_name="Sales")
    assert [one.friendly_name for one in client.incoming_phone_numbers.list(phone_number=FROM)] == ["Sales"]
    assert client.incoming_phone_numbers(bought.sid).fetch().voice_url == "http://127.0.0.1:9/voice"
    assert client.incoming_phone_numbers(bought.sid).delete()
    assert client.incoming_phone_numbers.list() == []


def test_caller_id_is_verified_and_withdrawn(client: Client) -> None:
    asked = client.validation_requests.create(phone_number=FROM, friendly_name="Desk")

    (verified,) = client.outgoing_caller_ids.list()
    assert (asked.validation_code, verified.phone_number, verified.friendly_name) == ("111111", FROM, "Desk")
    assert client.outgoing_caller_ids(verified.sid).delete()
    assert client.outgoing_caller_ids.list() == []


def test_listed_numbers_come_with_the_configuration() -> None:
    account = AccountConfig(STRANGER, "simulated-x", numbers=(FROM,))
    with RunningCarrier(fast_config(accounts=[account])) as carrier:
        stranger = conforming_client(carrier.address, STRANGER, "simulated-x")

        assert [one.phone_number for one in stranger.incoming_phone_numbers.list()] == [FROM]
