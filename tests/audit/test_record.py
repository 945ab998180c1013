from datetime import datetime

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, transaction

from apps.audit.actions import Action
from apps.audit.models import AuditEntry, PersonalValue
from apps.audit.selectors import EntryFilter, entry_details, entry_lines, list_entries
from apps.audit.services import erase_values, record
from apps.tenants.models import Tenant
from apps.tenants.scope import NoTenantScopeError, tenant_scope
from tests import factories

PHONE = "+12125550101"


def test_record_stores_who_what_and_when(tenant: Tenant, at: datetime) -> None:
    manager = factories.UserFactory.create()
    entry = record(Action.LIST_CREATED, at=at, target="list:7", actor=manager, data={"rows": 3})
    entry.refresh_from_db()
    assert (entry.tenant_id, entry.at, entry.action, entry.actor, entry.target, entry.data) == (
        tenant.id,
        at,
        "list.created",
        manager,
        "list:7",
        {"rows": 3},
    )


def test_record_outside_a_scope_raises(db: None, at: datetime) -> None:
    with pytest.raises(NoTenantScopeError):
        record(Action.LIST_CREATED, at=at, target="list:7")


def test_record_keeps_personal_values_out_of_the_ledger(tenant: Tenant, at: datetime) -> None:
    record(Action.DNC_ADDED, at=at, target="dnc:1", data={"phone": PHONE, "scope": "tenant", "note": ""})
    entry = list_entries(only=EntryFilter()).get()
    assert PHONE not in str(entry.data)
    assert entry_details(entry) == {"phone": PHONE, "scope": "tenant", "note": ""}


def test_entry_cannot_be_changed(tenant: Tenant, at: datetime) -> None:
    record(Action.LIST_CREATED, at=at, target="list:7")
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        AuditEntry.objects.update(target="list:8")


def test_entry_cannot_be_removed(tenant: Tenant, at: datetime) -> None:
    record(Action.LIST_CREATED, at=at, target="list:7")
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        AuditEntry.objects.all().delete()


def test_personal_value_cannot_be_changed(tenant: Tenant, at: datetime) -> None:
    record(Action.DNC_ADDED, at=at, target="dnc:1", data={"phone": PHONE})
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        PersonalValue.objects.update(value="+12125550102")


def test_erase_values_removes_that_value_only_and_is_recorded(tenant: Tenant, at: datetime) -> None:
    record(Action.DNC_ADDED, at=at, target="dnc:1", data={"phone": PHONE})
    record(Action.DNC_ADDED, at=at, target="dnc:2", data={"phone": "+12125550102"})
    assert erase_values(values=[PHONE, ""], at=at, actor_label="test") == 1
    newest, kept, erased = list_entries(only=EntryFilter())
    assert entry_details(erased) == {"phone": "(erased)"}
    assert entry_details(kept) == {"phone": "+12125550102"}
    assert (newest.action, newest.data) == ("audit.erased", {"count": 1})


def test_erase_values_leaves_other_tenants_alone(tenant: Tenant, other_tenant: Tenant, at: datetime) -> None:
    with tenant_scope(other_tenant.id):
        record(Action.DNC_ADDED, at=at, target="dnc:1", data={"phone": PHONE})
    assert erase_values(values=[PHONE], at=at, actor_label="test") == 0
    with tenant_scope(other_tenant.id):
        assert PersonalValue.objects.get().value == PHONE


def test_the_command_erases_in_one_tenant(
    tenant: Tenant, other_tenant: Tenant, at: datetime, capsys: pytest.CaptureFixture[str]
) -> None:
    for one in (tenant, other_tenant):
        with tenant_scope(one.id):
            record(Action.DNC_ADDED, at=at, target="dnc:1", data={"phone": PHONE, "note": "Ada"})

    call_command("erase_from_audit", tenant.slug, PHONE, "Ada")

    assert capsys.readouterr().out == "acme: 2 values erased from the audit.\n"
    newest, erased = list_entries(only=EntryFilter())
    assert entry_details(erased) == {"phone": "(erased)", "note": "(erased)"}
    assert (newest.action, newest.actor_label) == ("audit.erased", "installation")
    with tenant_scope(other_tenant.id):
        assert PersonalValue.objects.count() == 2


def test_the_command_wants_a_tenant_that_there_is(tenant: Tenant) -> None:
    with pytest.raises(CommandError, match="There is no tenant 'nowhere'") as caught:
        call_command("erase_from_audit", "nowhere", PHONE)
    assert caught.value.returncode == 2


def test_list_entries_filters(tenant: Tenant, at: datetime) -> None:
    manager = factories.UserFactory.create()
    first = record(Action.LIST_CREATED, at=at, target="list:7", actor=manager)
    second = record(Action.CAMPAIGN_CREATED, at=at.replace(day=17), target="campaign:1")

    def found(only: EntryFilter, before_id: int | None = None) -> list[AuditEntry]:
        return list(list_entries(only=only, before_id=before_id))

    assert found(EntryFilter()) == [second, first]
    assert found(EntryFilter(), second.id) == [first]
    assert found(EntryFilter(action="list.created")) == [first]
    assert found(EntryFilter(kind="campaign")) == [second]
    assert found(EntryFilter(target="list:7")) == [first]
    assert found(EntryFilter(actor_id=manager.id)) == [first]
    assert found(EntryFilter(after=at.replace(hour=18))) == [second]
    assert found(EntryFilter(until=at.replace(day=17))) == [first]


@pytest.mark.parametrize(
    ("data", "lines"),
    [
        ({}, []),
        (
            {"rows": 3, "is_new": True, "codes": ["US", "CA"], "none": None},
            [("rows", "3"), ("none", "\N{EN DASH}"), ("codes", "US, CA"), ("is_new", "yes")],
        ),
        ({"before": "AGENT", "after": "OWNER"}, [("change", "AGENT → OWNER")]),
        (
            {"before": {"zone": "a", "codes": []}, "after": {"zone": "b", "codes": ["US"]}},
            [("zone", "a → b"), ("codes", "\N{EN DASH} → US")],
        ),
        ({"cps": {"before": 1, "after": 2}}, [("cps", "1 → 2")]),
        ({"counts": {"accepted": 2, "invalid": 0}}, [("counts", "invalid: 0, accepted: 2")]),
        ({"phone": PHONE}, [("phone", PHONE)]),
    ],
)
def test_details_read_as_lines(
    tenant: Tenant, at: datetime, data: dict[str, object], lines: list[tuple[str, str]]
) -> None:
    record(Action.LIST_CREATED, at=at, target="list:7", data=data)
    assert sorted(entry_lines(list_entries(only=EntryFilter()).get())) == sorted(lines)
