"""Connecting an account makes the key that lets agents phone; so does a button; a subaccount comes in one step."""

import pytest
from django.db import connection
from pytest_django.fixtures import Settings

from apps.accounts.models import Membership, Role
from apps.audit.models import AuditEntry
from apps.softphone.phone import NoPhoneError, make_phone_access
from apps.telephony.models import ProviderAccount
from apps.telephony.services import connecting
from apps.tenants.models import Tenant
from apps.tenants.scope import tenant_scope
from simulator.config import DEFAULT_ACCOUNT_SID, DEFAULT_AUTH_TOKEN
from simulator.softphone.tokens import read_token
from tests import factories
from tests.conformance.running import RunningCarrier
from tests.dialling import fault
from tests.pages import add_member, client_of

SID = "AC" + "9".zfill(32)
FORM = {"sid": SID, "auth_token": "simulated-secret-token", "cps": "5"}
CONNECT, OPEN, MAKE_KEY = ("/t/acme/numbers/account/" + path for path in ("", "open/", "key/"))


@pytest.fixture
def main_account(settings: Settings) -> None:
    settings.TWILIO_ACCOUNT_SID, settings.TWILIO_AUTH_TOKEN = DEFAULT_ACCOUNT_SID, DEFAULT_AUTH_TOKEN


def accounts_of(tenant: Tenant) -> list[ProviderAccount]:
    with tenant_scope(tenant.id):
        return list(ProviderAccount.objects.all())


def actions_of(tenant: Tenant) -> list[str]:
    with tenant_scope(tenant.id):
        return list(AuditEntry.objects.order_by("id").values_list("action", flat=True))


def keys_of(exchange: RunningCarrier, sid: str) -> list[str]:
    return [key.sid for key in exchange.carrier.registry.keys.values() if key.account_sid == sid]


def phone_identity(exchange: RunningCarrier, tenant: Tenant, member: Membership) -> str:
    """Who the carrier takes the member's browser for."""
    with tenant_scope(tenant.id):
        token = make_phone_access(tenant=tenant, user=member.user)["token"]
    return read_token(token, exchange.carrier.registry).identity


def test_agents_of_a_connected_account_can_phone(exchange: RunningCarrier, acme: Tenant, manager: Membership) -> None:
    assert client_of(manager).post(CONNECT, FORM).status_code == 302

    assert phone_identity(exchange, acme, manager) == f"t{acme.id}_u{manager.user_id}"
    assert keys_of(exchange, SID) == [accounts_of(acme)[0].api_key_sid]


@pytest.mark.usefixtures("exchange")
def test_secret_of_the_key_is_encrypted_and_never_shown(acme: Tenant, manager: Membership) -> None:
    client = client_of(manager)
    client.post(CONNECT, FORM)

    secret = accounts_of(acme)[0].api_key_secret
    with tenant_scope(acme.id), connection.cursor() as cursor:
        cursor.execute("select api_key_secret from telephony_provideraccount")
        assert secret not in cursor.fetchone()[0]
        assert secret not in str(list(AuditEntry.objects.values_list("data", flat=True)))
    pages = client.get("/t/acme/numbers/").content + client.get(CONNECT).content
    assert secret not in pages.decode()


@pytest.mark.usefixtures("exchange")
def test_wrong_token_is_explained_and_nothing_is_saved(acme: Tenant, manager: Membership) -> None:
    client = client_of(manager)
    client.post(CONNECT, FORM)
    with tenant_scope(acme.id):
        ProviderAccount.objects.all().delete()

    page = client.post(CONNECT, FORM | {"auth_token": "simulated-wrong"}).content.decode()

    assert "Copy the account SID and the auth token once more" in page
    assert "(20003)" in page
    assert accounts_of(acme) == []


def test_carrier_that_is_not_there_is_explained(acme: Tenant, manager: Membership, settings: Settings) -> None:
    settings.SIMULATOR_URL = "http://127.0.0.1:9"  # nobody listens on the discard port

    page = client_of(manager).post(CONNECT, FORM)

    assert "could not be reached, so nothing was done" in page.content.decode()
    assert accounts_of(acme) == []


def test_account_that_is_taken_leaves_no_key_behind(
    exchange: RunningCarrier, acme: Tenant, manager: Membership
) -> None:
    with tenant_scope(factories.TenantFactory.create(slug="other").id):
        factories.ProviderAccountFactory.create(sid=SID)

    client_of(manager).post(CONNECT, FORM)

    assert (accounts_of(acme), keys_of(exchange, SID)) == ([], [])


def test_account_without_a_key_gets_one_by_a_button(
    exchange: RunningCarrier, acme: Tenant, manager: Membership, account: ProviderAccount
) -> None:
    with pytest.raises(NoPhoneError):
        phone_identity(exchange, acme, manager)
    client = client_of(manager)
    assert "Let agents phone in the browser" in client.get("/t/acme/numbers/").content.decode()

    page = client.post(MAKE_KEY, follow=True).content.decode()

    assert "Agents can phone in the browser now" in page
    assert "Let agents phone in the browser" not in page
    assert phone_identity(exchange, acme, manager) == f"t{acme.id}_u{manager.user_id}"
    assert actions_of(acme) == ["carrier_account.key_made"]


def test_new_key_deletes_the_old_one_at_the_carrier(
    exchange: RunningCarrier, acme: Tenant, manager: Membership, account: ProviderAccount
) -> None:
    client = client_of(manager)
    client.post(MAKE_KEY)
    first = accounts_of(acme)[0].api_key_sid
    client.post(MAKE_KEY)

    second = accounts_of(acme)[0].api_key_sid
    assert first != second
    assert keys_of(exchange, account.sid) == [second]


def test_two_who_make_a_key_at_once_leave_one(
    exchange: RunningCarrier, acme: Tenant, manager: Membership, account: ProviderAccount
) -> None:
    with tenant_scope(acme.id):
        stale = ProviderAccount.objects.get()
        connecting.make_api_key(account=account, actor=manager.user, at=account.created_at)
        with pytest.raises(connecting.KeyChangedError):
            connecting.make_api_key(account=stale, actor=manager.user, at=account.created_at)
        assert keys_of(exchange, account.sid) == [ProviderAccount.objects.get().api_key_sid]


def test_refused_key_is_explained(exchange: RunningCarrier, manager: Membership, account: ProviderAccount) -> None:
    with fault(exchange, "throttled", target="keys.create"):
        page = client_of(manager).post(MAKE_KEY, follow=True).content.decode()

    assert "try again in a minute" in page
    assert keys_of(exchange, account.sid) == []


@pytest.mark.usefixtures("main_account")
def test_subaccount_is_opened_and_connected_in_one_step(
    exchange: RunningCarrier, acme: Tenant, manager: Membership
) -> None:
    client = client_of(manager)
    assert "Create a subaccount" in client.get(CONNECT).content.decode()

    assert client.post(OPEN).headers["Location"] == "/t/acme/numbers/"

    (account,) = accounts_of(acme)
    opened = exchange.carrier.registry.accounts[account.sid]
    assert (opened.owner_sid, opened.friendly_name) == (DEFAULT_ACCOUNT_SID, acme.name)
    assert (account.auth_token, account.cps) == (opened.auth_token, 1.0)
    assert keys_of(exchange, account.sid) == [account.api_key_sid]
    assert actions_of(acme) == ["carrier_account.added", "carrier_account.opened", "carrier_account.key_made"]


@pytest.mark.usefixtures("main_account")
def test_subaccount_without_its_key_is_connected_all_the_same(
    exchange: RunningCarrier, acme: Tenant, manager: Membership
) -> None:
    with fault(exchange, "throttled", target="keys.create"):
        page = client_of(manager).post(OPEN, follow=True).content.decode()

    assert "made no key for phones yet" in page
    assert [account.api_key_sid for account in accounts_of(acme)] == [""]


@pytest.mark.usefixtures("main_account")
def test_second_subaccount_is_not_opened(
    exchange: RunningCarrier, acme: Tenant, manager: Membership, account: ProviderAccount
) -> None:
    before = len(exchange.carrier.registry.accounts)

    assert client_of(manager).post(OPEN).headers["Location"] == "/t/acme/numbers/"

    assert len(exchange.carrier.registry.accounts) == before
    assert accounts_of(acme) == [account]


def test_installation_without_a_main_account_opens_none(acme: Tenant, manager: Membership) -> None:
    client = client_of(manager)

    assert "Create a subaccount" not in client.get(CONNECT).content.decode()
    assert "has no main account" in client.post(OPEN, follow=True).content.decode()
    assert accounts_of(acme) == []


@pytest.mark.parametrize("path", [OPEN, MAKE_KEY])
def test_supervisor_may_neither_open_nor_make_keys(acme: Tenant, path: str) -> None:
    assert client_of(add_member(acme, Role.SUPERVISOR)).post(path).status_code == 403
