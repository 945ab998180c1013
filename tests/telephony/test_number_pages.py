import pytest
from django.db import connection

from apps.accounts.models import Membership
from apps.audit.models import AuditEntry
from apps.telephony.models import CallerId, ProviderAccount
from apps.tenants.models import Tenant
from apps.tenants.scope import tenant_scope
from tests import factories
from tests.pages import PAGE_QUERIES, client_of

SID = "AC" + "9".zfill(32)
TOKEN = "simulated-secret-token"


def number_of(account: ProviderAccount) -> CallerId:
    with tenant_scope(account.tenant_id):
        return factories.CallerIdFactory.create(account=account, phone="+12025550101")


def last_entry(tenant: Tenant) -> tuple[str, object]:
    with tenant_scope(tenant.id):
        return AuditEntry.objects.order_by("-id").values_list("action", "data")[0]


@pytest.mark.usefixtures("exchange")
def test_account_is_connected_with_its_token_encrypted(acme: Tenant, manager: Membership) -> None:
    client = client_of(manager)
    form = {"sid": SID, "auth_token": TOKEN, "cps": "5"}
    assert client.post("/t/acme/numbers/account/", form).headers["Location"] == "/t/acme/numbers/"
    with tenant_scope(acme.id):
        account = ProviderAccount.objects.get()
        assert (account.sid, account.auth_token, account.cps) == (SID, TOKEN, 5.0)
        with connection.cursor() as cursor:
            cursor.execute("select auth_token from telephony_provideraccount")
            assert TOKEN not in cursor.fetchone()[0]
        entries = AuditEntry.objects.order_by("id").values_list("action", "data")
        assert list(entries) == [
            ("carrier_account.added", {"sid": SID, "cps": 5.0}),
            ("carrier_account.key_made", {"key": account.api_key_sid, "replaced": ""}),
        ]
    assert TOKEN not in client.get("/t/acme/numbers/account/").content.decode()


@pytest.mark.parametrize(
    "form",
    [
        {"sid": "SK" + "0f" * 16, "auth_token": TOKEN, "cps": "5"},
        {"sid": SID, "auth_token": "", "cps": "5"},
        {"sid": SID, "auth_token": TOKEN, "cps": "0"},
    ],
)
def test_wrong_account_is_refused(acme: Tenant, manager: Membership, form: dict[str, str]) -> None:
    assert client_of(manager).post("/t/acme/numbers/account/", form).status_code == 200
    with tenant_scope(acme.id):
        assert not ProviderAccount.objects.exists()


@pytest.mark.usefixtures("exchange")
def test_account_of_another_tenant_is_refused(acme: Tenant, manager: Membership) -> None:
    with tenant_scope(factories.TenantFactory.create(slug="other").id):
        factories.ProviderAccountFactory.create(sid=SID)
    page = client_of(manager).post("/t/acme/numbers/account/", {"sid": SID, "auth_token": TOKEN, "cps": "5"})
    assert "connected already" in page.content.decode()


def test_account_is_changed_and_its_trouble_cleared(
    acme: Tenant, manager: Membership, account: ProviderAccount
) -> None:
    with tenant_scope(acme.id):
        ProviderAccount.objects.update(is_active=False, trouble="Error 20003")
    client = client_of(manager)
    assert "Error 20003" in client.get("/t/acme/numbers/").content.decode()
    client.post("/t/acme/numbers/account/", {"cps": "7", "auth_token": "another"})
    with tenant_scope(acme.id):
        account.refresh_from_db()
    assert (account.cps, account.auth_token, account.is_active, account.trouble) == (7.0, "another", True, "")
    data = {"cps": {"before": 100.0, "after": 7.0}, "is_token_changed": True}
    assert last_entry(acme) == ("carrier_account.changed", data)


def test_empty_token_keeps_the_old_one(acme: Tenant, manager: Membership, account: ProviderAccount) -> None:
    client_of(manager).post("/t/acme/numbers/account/", {"cps": "7", "auth_token": ""})
    with tenant_scope(acme.id):
        assert ProviderAccount.objects.get().auth_token == "simulated-token"


@pytest.mark.usefixtures("account")
def test_number_is_added_in_any_usual_writing(acme: Tenant, manager: Membership) -> None:
    client_of(manager).post("/t/acme/numbers/add/", {"phone": "(202) 555-0123", "label": "Sales"})
    with tenant_scope(acme.id):
        number = CallerId.objects.get()
    assert (number.phone, number.label, number.is_active) == ("+12025550123", "Sales", True)
    assert last_entry(acme) == ("caller_id.added", {"number": "+12025550123"})


@pytest.mark.usefixtures("account")
def test_wrong_number_is_refused_with_the_reason(manager: Membership) -> None:
    page = client_of(manager).post("/t/acme/numbers/add/", {"phone": "555", "label": ""})
    assert page.status_code == 200
    assert "field__error" in page.content.decode()


def test_number_cannot_be_added_twice(manager: Membership, account: ProviderAccount) -> None:
    number = number_of(account)
    page = client_of(manager).post("/t/acme/numbers/add/", {"phone": number.phone, "label": ""})
    assert "in the list already" in page.content.decode()


def test_number_needs_an_account_first(manager: Membership) -> None:
    assert client_of(manager).get("/t/acme/numbers/add/").headers["Location"] == "/t/acme/numbers/account/"


def test_number_is_withdrawn_with_a_reason_and_used_again(
    acme: Tenant, manager: Membership, account: ProviderAccount
) -> None:
    number = number_of(account)
    client = client_of(manager)
    client.post(f"/t/acme/numbers/{number.id}/withdraw/", {"reason": "Marked as spam"})
    assert last_entry(acme) == ("caller_id.disabled", {"number": "+12025550101", "reason": "Marked as spam"})
    assert "Marked as spam" in client.get("/t/acme/numbers/").content.decode()
    client.post(f"/t/acme/numbers/{number.id}/enable/")
    with tenant_scope(acme.id):
        number.refresh_from_db()
    assert (number.is_active, number.disabled_reason) == (True, "")
    assert last_entry(acme) == ("caller_id.enabled", {"number": "+12025550101"})


def test_number_is_not_withdrawn_without_a_reason(acme: Tenant, manager: Membership, account: ProviderAccount) -> None:
    number = number_of(account)
    client_of(manager).post(f"/t/acme/numbers/{number.id}/withdraw/", {"reason": ""})
    with tenant_scope(acme.id):
        number.refresh_from_db()
    assert number.is_active


@pytest.mark.parametrize("path", ["enable", "withdraw"])
def test_switching_needs_post(manager: Membership, account: ProviderAccount, path: str) -> None:
    assert client_of(manager).get(f"/t/acme/numbers/{number_of(account).id}/{path}/").status_code == 405


@pytest.mark.parametrize("count", [1, 3])
def test_number_list_takes_a_fixed_number_of_queries(
    manager: Membership, account: ProviderAccount, count: int, django_assert_num_queries: object
) -> None:
    with tenant_scope(account.tenant_id):
        factories.CallerIdFactory.create_batch(count, account=account)
    client = client_of(manager)
    client.get("/t/acme/numbers/")
    with django_assert_num_queries(PAGE_QUERIES + 3):  # type: ignore[operator]  # a context manager
        client.get("/t/acme/numbers/")
