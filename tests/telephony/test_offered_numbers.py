"""Numbers from the carrier: taken over from the account's list, or verified by a code."""

import pytest
from pytest_django.fixtures import Settings

from apps.accounts.models import Membership, Role
from apps.audit.models import AuditEntry
from apps.telephony.models import CallerId, ProviderAccount
from apps.tenants.models import Tenant
from apps.tenants.scope import tenant_scope
from tests import factories
from tests.conformance.running import RunningCarrier
from tests.dialling import fault
from tests.pages import add_member, client_of

IMPORT, VERIFY, DONE = "/t/acme/numbers/import/", "/t/acme/numbers/verify/", "/t/acme/numbers/verify/done/"
FIRST, SECOND, THIRD = "+12025550101", "+12025550102", "+12025550103"


@pytest.fixture
def owned(exchange: RunningCarrier, account: ProviderAccount) -> RunningCarrier:
    """The carrier, at which the account owns two numbers."""
    settings = {"sid": account.sid, "auth_token": account.auth_token, "numbers": [FIRST, SECOND]}
    exchange.sim("accounts", "POST", settings)
    return exchange


def numbers_of(account: ProviderAccount) -> list[tuple[str, str]]:
    with tenant_scope(account.tenant_id):
        return list(CallerId.objects.order_by("phone").values_list("phone", "label"))


def actions_of(account: ProviderAccount) -> list[tuple[str, object]]:
    with tenant_scope(account.tenant_id):
        return list(AuditEntry.objects.order_by("id").values_list("action", "data"))


def test_chosen_numbers_are_added_with_their_names(
    owned: RunningCarrier, manager: Membership, account: ProviderAccount
) -> None:
    owned.carrier.registry.accounts[account.sid].numbers[SECOND].friendly_name = "Sales desk"
    client = client_of(manager)
    page = client.get(IMPORT).content.decode()
    assert (FIRST in page, f"{SECOND} Sales desk (owned)" in page) == (True, True)

    client.post(IMPORT, {"phones": [SECOND]})

    assert numbers_of(account) == [(SECOND, "Sales desk")]
    assert actions_of(account) == [("caller_id.added", {"number": SECOND})]
    assert SECOND not in client.get(IMPORT).content.decode()


def test_number_without_a_name_of_its_own_has_no_label(
    owned: RunningCarrier, manager: Membership, account: ProviderAccount
) -> None:
    client_of(manager).post(IMPORT, {"phones": [FIRST, SECOND]})

    assert numbers_of(account) == [(FIRST, ""), (SECOND, "")]


@pytest.mark.parametrize("phones", [[], [THIRD]])
def test_only_numbers_that_the_carrier_lists_can_be_chosen(
    owned: RunningCarrier, manager: Membership, account: ProviderAccount, phones: list[str]
) -> None:
    page = client_of(manager).post(IMPORT, {"phones": phones})

    assert (page.status_code, numbers_of(account)) == (200, [])


@pytest.mark.usefixtures("exchange")
def test_account_without_further_numbers_says_so(manager: Membership, account: ProviderAccount) -> None:
    assert "No further numbers" in client_of(manager).get(IMPORT).content.decode()


@pytest.mark.usefixtures("account")
def test_list_that_cannot_be_had_is_explained(manager: Membership, settings: Settings) -> None:
    settings.SIMULATOR_URL = "http://127.0.0.1:9"  # nobody listens on the discard port

    assert "could not be reached" in client_of(manager).get(IMPORT).content.decode()


def test_outside_number_is_verified_by_its_code_and_added(
    exchange: RunningCarrier, manager: Membership, account: ProviderAccount
) -> None:
    client = client_of(manager)
    page = client.post(VERIFY, {"phone": "(202) 555-0103", "label": "Front desk"}).content.decode()
    assert '<output class="code-large" id="code">111111</output>' in page
    assert numbers_of(account) == []

    client.post(DONE, {"phone": THIRD, "label": "Front desk", "code": "111111"})

    assert numbers_of(account) == [(THIRD, "Front desk")]
    assert actions_of(account) == [
        ("caller_id.verifying", {"number": THIRD}),
        ("caller_id.added", {"number": THIRD}),
    ]
    assert exchange.sim("stats")["dialled"] == 0


def test_number_whose_code_is_not_keyed_in_is_not_added(
    owned: RunningCarrier, manager: Membership, account: ProviderAccount
) -> None:
    page = client_of(manager).post(DONE, {"phone": THIRD, "label": "", "code": "123456"}).content.decode()

    assert "has not got the code yet" in page
    assert ">123456</output>" in page
    assert numbers_of(account) == []


@pytest.mark.usefixtures("exchange")
def test_number_in_the_list_is_not_verified_again(manager: Membership, account: ProviderAccount) -> None:
    with tenant_scope(account.tenant_id):
        factories.CallerIdFactory.create(account=account, phone=THIRD)
    client = client_of(manager)

    assert "in the list already" in client.post(VERIFY, {"phone": THIRD, "label": ""}).content.decode()
    done = {"phone": THIRD, "label": "", "code": "111111"}
    assert "in the list already" in client.post(DONE, done, follow=True).content.decode()
    assert actions_of(account) == []


def test_refused_verification_is_explained(
    exchange: RunningCarrier, manager: Membership, account: ProviderAccount
) -> None:
    with fault(exchange, "throttled", target="caller_ids.create"):
        page = client_of(manager).post(VERIFY, {"phone": THIRD, "label": ""}).content.decode()

    assert "try again in a minute" in page
    assert actions_of(account) == []


@pytest.mark.parametrize("path", [IMPORT, VERIFY])
def test_pages_without_an_account_lead_to_connecting(manager: Membership, path: str) -> None:
    assert client_of(manager).get(path).headers["Location"] == "/t/acme/numbers/account/"


@pytest.mark.parametrize("path", [IMPORT, VERIFY, DONE])
def test_supervisor_may_not(acme: Tenant, path: str) -> None:
    assert client_of(add_member(acme, Role.SUPERVISOR)).post(path).status_code == 403
