"""The phone in the browser: what lets it in, what it may reach, and its sounds."""

import io
import wave

import jwt
import pytest
from pytest_django.fixtures import Settings

from apps.accounts.models import Membership, User
from apps.softphone.domain.tones import SOUNDS, make_wav
from apps.softphone.phone import NoPhoneError, make_phone_access
from apps.telephony.models import ProviderAccount
from apps.tenants.models import Tenant
from tests import factories
from tests.pages import client_of

SECRET = "simulated-secret-of-thirty-two-characters"


@pytest.fixture
def user(agent: Membership) -> User:
    return agent.user


@pytest.fixture
def account(tenant: Tenant) -> ProviderAccount:
    return factories.ProviderAccountFactory.create(api_key_sid="SK" + "7".zfill(32), api_key_secret=SECRET)


def test_the_token_is_the_carriers_and_names_the_tenants_agent(
    tenant: Tenant, user: User, account: ProviderAccount
) -> None:
    access = make_phone_access(tenant=tenant, user=user)
    claims = jwt.decode(access["token"], SECRET, algorithms=["HS256"])

    assert (claims["iss"], claims["sub"]) == (account.api_key_sid, account.sid)
    assert claims["grants"] == {"identity": f"t{tenant.id}_u{user.id}", "voice": {"incoming": {"allow": True}}}
    assert access["ttl"] == 3600


@pytest.mark.parametrize(
    ("carrier", "host", "edge"), [("simulator", "127.0.0.1:8010", None), ("twilio", None, "roaming")]
)
def test_only_a_simulation_leads_the_browser_to_this_machine(
    tenant: Tenant, user: User, account: ProviderAccount, settings: Settings, carrier: str, host: str, edge: str
) -> None:
    settings.CARRIER, settings.SIMULATOR_URL = carrier, "http://127.0.0.1:8010"
    options = make_phone_access(tenant=tenant, user=user)["options"]

    assert (options.get("chunderw"), options.get("edge")) == (host, edge)
    assert set(options["sounds"]) == set(SOUNDS)


@pytest.mark.parametrize("changes", [{"api_key_sid": ""}, {"is_active": False}])
def test_without_a_usable_account_the_refusal_says_why(
    tenant: Tenant, user: User, account: ProviderAccount, changes: dict[str, object]
) -> None:
    ProviderAccount.objects.filter(id=account.id).update(**changes)
    with pytest.raises(NoPhoneError):
        make_phone_access(tenant=tenant, user=user)


@pytest.mark.parametrize("carrier", ["simulator", "twilio"])
def test_the_page_may_reach_its_carrier_and_nothing_else(agent: Membership, settings: Settings, carrier: str) -> None:
    settings.CARRIER, settings.SIMULATOR_URL = carrier, "http://127.0.0.1:8010"
    policy = client_of(agent).get("/t/acme/desk/").headers["Content-Security-Policy"]
    sources = next(part for part in policy.split("; ") if part.startswith("connect-src")).split()[2:]

    own = {"simulator": ["ws://127.0.0.1:8010"]}
    assert sources == own.get(carrier, ["wss://voice-js.roaming.twilio.com", "https://eventgw.twilio.com"])


@pytest.mark.parametrize("name", SOUNDS)
def test_sounds_are_wav_files_and_only_keys_are_heard(name: str) -> None:
    with wave.open(io.BytesIO(make_wav(name))) as sound:
        assert (sound.getframerate(), sound.getnchannels()) == (8000, 1)
        assert any(sound.readframes(sound.getnframes())) == name.startswith("dtmf")
