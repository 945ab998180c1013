"""API keys by REST, and what they open."""

import pytest
import requests
from twilio.base.exceptions import TwilioRestException
from twilio.jwt.access_token import AccessToken
from twilio.jwt.access_token.grants import VoiceGrant
from twilio.rest import Client

from simulator.config import DEFAULT_ACCOUNT_SID, DEFAULT_KEY_SID
from simulator.softphone.tokens import TokenError, read_token
from tests.conformance.client import ConformingHttpClient, conforming_client
from tests.conformance.running import RunningCarrier, fast_config
from tests.simulator.helpers import BUSY, FROM


def token_of(key_sid: str, secret: str, account_sid: str = DEFAULT_ACCOUNT_SID) -> str:
    token = AccessToken(account_sid, key_sid, secret, identity="t1_u7", ttl=60)
    token.add_grant(VoiceGrant(incoming_allow=True))
    return str(token.to_jwt())


def identity(carrier: RunningCarrier, token: str) -> str:
    return read_token(token, carrier.carrier.registry).identity


def test_made_key_shows_its_secret_once_and_signs_tokens(client: Client, carrier: RunningCarrier) -> None:
    key = client.new_keys.create(friendly_name="Phones")

    url = f"{carrier.address}/2010-04-01/Accounts/{DEFAULT_ACCOUNT_SID}/Keys/{key.sid}.json"
    shown = requests.get(url, auth=(client.username, client.password), timeout=10).json()
    assert (shown["sid"], shown["friendly_name"], "secret" in shown) == (key.sid, "Phones", False)
    assert [one.sid for one in client.keys.list()] == [DEFAULT_KEY_SID, key.sid]
    assert identity(carrier, token_of(key.sid, key.secret)) == "t1_u7"


def test_deleted_key_signs_nothing(client: Client, carrier: RunningCarrier) -> None:
    key = client.new_keys.create()

    assert client.keys(key.sid).delete()
    with pytest.raises(TokenError, match="31204"):
        identity(carrier, token_of(key.sid, key.secret))
    with pytest.raises(TwilioRestException) as gone:
        client.keys(key.sid).fetch()
    assert gone.value.code == 20404


def test_key_of_one_account_is_unknown_to_another(client: Client, carrier: RunningCarrier) -> None:
    key = client.new_keys.create()
    sub = client.api.v2010.accounts.create(friendly_name="Acme")
    acme = conforming_client(carrier.address, sub.sid, sub.auth_token)

    with pytest.raises(TwilioRestException) as refused:
        acme.keys(key.sid).fetch()
    assert refused.value.code == 20404


def test_key_outlives_a_restart_of_the_simulator(client: Client) -> None:
    key = client.new_keys.create()

    with RunningCarrier(fast_config()) as another:
        assert identity(another, token_of(key.sid, key.secret)) == "t1_u7"
        with pytest.raises(TokenError, match="31204"):
            identity(another, token_of(key.sid, "simulated-guess-that-is-long-enough-to-sign"))


def test_key_calls_but_makes_no_keys(client: Client, carrier: RunningCarrier) -> None:
    key = client.new_keys.create()
    holder = Client(key.sid, key.secret, DEFAULT_ACCOUNT_SID, http_client=ConformingHttpClient(carrier.address))
    liar = Client(key.sid, "simulated-other", DEFAULT_ACCOUNT_SID, http_client=ConformingHttpClient(carrier.address))

    assert holder.calls.create(to=BUSY, from_=FROM, twiml="<Response/>").status == "queued"
    for request in (holder.new_keys.create, lambda: liar.calls.create(to=BUSY, from_=FROM, twiml="<Response/>")):
        with pytest.raises(TwilioRestException) as refused:
            request()
        assert (refused.value.status, refused.value.code) == (401, 20003)
