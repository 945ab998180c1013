"""The list of those to whom agents may transfer calls: which numbers come on it, and who keeps it."""

from datetime import datetime

import pytest

from apps.accounts.models import Role
from apps.audit.models import AuditEntry
from apps.core.errors import InvalidError
from apps.core.templatetags.ui import phone
from apps.telephony.models import TransferTarget
from apps.telephony.services.targets import (
    TargetNotUsableError,
    add_target,
    get_usable_target,
    read_target_phone,
    remove_target,
)
from apps.tenants.models import Tenant
from tests import factories
from tests.pages import member_client

DESK_PHONE = "+12025550143"
DESK = {"name": "Claims desk", "phone": "(202) 555-0143", "purpose": "Open claims"}


@pytest.mark.parametrize(
    ("raw", "e164"),
    [("202-555-0143", "+12025550143"), ("+1 202 555 0143", "+12025550143"), ("1-800-555-0143", "+18005550143")],
)
def test_ordinary_and_toll_free_numbers_are_taken(raw: str, e164: str) -> None:
    assert read_target_phone(raw, countries=["US"]) == e164


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "911",
        "112",
        "988",
        "411",
        "1-900-555-0143",
        "+44 909 879 0123",
        "+881 612 345 678",
        "202-555-0143 ext 7",
        "555-0143",
        "client:t1_u2",
        "sip:a@example.test",
    ],
)
def test_emergency_service_premium_and_other_numbers_are_refused(raw: str) -> None:
    with pytest.raises(InvalidError):
        read_target_phone(raw, countries=["US", "GB"])


@pytest.mark.parametrize("raw", ["+44 20 7946 0143", "+1 876 555 0143", "+1 416 555 0143"])
def test_a_number_of_a_country_that_is_not_called_is_refused(raw: str) -> None:
    with pytest.raises(InvalidError, match=r"not in a country|no place|No such"):
        read_target_phone(raw, countries=["US"])


def test_a_target_is_usable_while_it_is_on_the_list_and_its_country_is_called(tenant: Tenant, at: datetime) -> None:
    user = factories.UserFactory.create()
    target = add_target(**DESK, countries=["US"], actor=user, at=at)

    assert get_usable_target(target.id, countries=["US"]) == target
    with pytest.raises(TargetNotUsableError):
        get_usable_target(target.id, countries=["CA"])
    remove_target(target=target, actor=user, at=at)
    with pytest.raises(TargetNotUsableError):
        get_usable_target(target.id, countries=["US"])
    with pytest.raises(TargetNotUsableError):
        get_usable_target(target.id + 1, countries=["US"])


def test_a_manager_keeps_the_list_and_the_audit_says_so(tenant: Tenant) -> None:
    client = member_client(tenant, Role.MANAGER)
    url = "/t/acme/numbers/transfers/"

    assert client.post(url, DESK).status_code == 302
    target = TransferTarget.objects.get()
    client.post(f"{url}{target.id}/", {"name": "Claims", "purpose": "New claims"})
    page = client.get(url).content.decode()
    client.post(f"{url}{target.id}/remove/")

    assert phone(DESK_PHONE) in page
    assert "New claims" in page
    assert phone(DESK_PHONE) not in client.get(url).content.decode()
    entries = AuditEntry.objects.order_by("id").values_list("action", "data__name", "data__number")
    assert list(entries) == [
        ("transfer_target.added", "Claims desk", "+12025550143"),
        ("transfer_target.changed", "Claims", "+12025550143"),
        ("transfer_target.removed", "Claims", "+12025550143"),
    ]


def test_a_number_is_on_the_list_once_and_may_come_back(tenant: Tenant) -> None:
    client = member_client(tenant, Role.MANAGER)
    url = "/t/acme/numbers/transfers/"
    client.post(url, DESK)

    assert "on the list already" in client.post(url, DESK).content.decode()
    client.post(f"{url}{TransferTarget.objects.get().id}/remove/")
    assert client.post(url, DESK).status_code == 302
    assert TransferTarget.objects.filter(is_active=True).count() == 1


def test_a_refused_number_is_said_beside_its_field(tenant: Tenant) -> None:
    page = member_client(tenant, Role.MANAGER).post("/t/acme/numbers/transfers/", DESK | {"phone": "1-900-555-0143"})

    assert (page.status_code, TransferTarget.objects.count()) == (200, 0)
    assert 'aria-invalid="true"' in page.content.decode()


def test_agents_do_not_keep_the_list(tenant: Tenant) -> None:
    assert member_client(tenant, Role.AGENT).get("/t/acme/numbers/transfers/").status_code == 403
