from datetime import datetime, timedelta

import pytest

from apps.accounts.models import User
from apps.audit.models import AuditEntry
from apps.compliance.models import DncEntry, Evidence
from apps.compliance.services.facts import NotE164Error
from apps.compliance.services.suppression import (
    DncEntryGoneError,
    RemovalReasonMissingError,
    add_dnc_entries,
    add_dnc_entry,
    remove_dnc_entry,
)
from apps.tenants.models import Tenant
from apps.tenants.scope import tenant_scope
from tests import factories

PHONE = "+12125550101"


def actions() -> list[tuple[str, str]]:
    return list(AuditEntry.objects.order_by("id").values_list("action", "actor_label"))


def test_add_dnc_entry_keeps_the_first_entry_and_audits_once(tenant: Tenant, at: datetime) -> None:
    first = add_dnc_entry(phone=PHONE, campaign_id=None, source=Evidence.CALLEE, created_by="keypad", at=at)
    again = add_dnc_entry(
        phone=PHONE, campaign_id=None, source=Evidence.AGENT, created_by="desk", at=at + timedelta(hours=1)
    )
    assert (again.id, again.source, again.created_at) == (first.id, "CALLEE", at)
    assert actions() == [("dnc.added", "keypad")]


def test_add_dnc_entry_of_a_campaign_stands_beside_that_of_the_tenant(tenant: Tenant, at: datetime) -> None:
    for campaign_id in (None, 7, 8):
        add_dnc_entry(phone=PHONE, campaign_id=campaign_id, source=Evidence.MANAGER, created_by="test", at=at)
    assert list(DncEntry.objects.order_by("id").values_list("campaign_id", flat=True)) == [None, 7, 8]


@pytest.mark.parametrize("phone", ["2125550101", "+1 212 555 0101", "+0125550101", "", "+1212555010a", PHONE + "\n"])
def test_add_dnc_entry_refuses_what_is_not_e164(tenant: Tenant, at: datetime, phone: str) -> None:
    with pytest.raises(NotE164Error):
        add_dnc_entry(phone=phone, campaign_id=None, source=Evidence.MANAGER, created_by="test", at=at)


def test_add_dnc_entries_counts_only_what_is_new(tenant: Tenant, at: datetime) -> None:
    person = factories.UserFactory.create()
    add_dnc_entry(phone=PHONE, campaign_id=None, source=Evidence.MANAGER, created_by=person, at=at)
    phones = [PHONE, "+12125550102", "+12125550103", "+12125550102"]
    added = [
        add_dnc_entries(phones=phones, campaign_id=None, source=Evidence.IMPORT, created_by=person, at=at)
        for _ in range(2)
    ]
    assert added == [2, 0]
    assert DncEntry.objects.count() == 3
    assert AuditEntry.objects.filter(actor=person).count() == 2


def test_add_dnc_entries_writes_nothing_when_one_number_is_wrong(tenant: Tenant, at: datetime) -> None:
    with pytest.raises(NotE164Error, match="nonsense"):
        add_dnc_entries(phones=[PHONE, "nonsense"], campaign_id=None, source=Evidence.IMPORT, created_by="file", at=at)
    assert DncEntry.objects.count() == 0


def test_remove_dnc_entry_keeps_it_on_record_and_lets_it_be_added_again(tenant: Tenant, at: datetime) -> None:
    person: User = factories.UserFactory.create()
    entry = add_dnc_entry(phone=PHONE, campaign_id=None, source=Evidence.CALLEE, created_by="keypad", at=at)
    remove_dnc_entry(entry_id=entry.id, note=" new consent ", removed_by=person, at=at + timedelta(days=1))
    entry.refresh_from_db()
    assert (entry.removed_at, entry.removed_note) == (at + timedelta(days=1), "new consent")
    newer = add_dnc_entry(phone=PHONE, campaign_id=None, source=Evidence.AGENT, created_by=person, at=at)
    assert newer.id != entry.id
    assert [action for action, _ in actions()] == ["dnc.added", "dnc.removed", "dnc.added"]


def test_remove_dnc_entry_needs_a_reason(tenant: Tenant, at: datetime) -> None:
    entry = add_dnc_entry(phone=PHONE, campaign_id=None, source=Evidence.CALLEE, created_by="keypad", at=at)
    with pytest.raises(RemovalReasonMissingError):
        remove_dnc_entry(entry_id=entry.id, note="  ", removed_by="test", at=at)
    assert DncEntry.objects.get().removed_at is None


def test_remove_dnc_entry_twice_is_an_error(tenant: Tenant, at: datetime) -> None:
    entry = add_dnc_entry(phone=PHONE, campaign_id=None, source=Evidence.CALLEE, created_by="keypad", at=at)
    remove_dnc_entry(entry_id=entry.id, note="consent", removed_by="test", at=at)
    with pytest.raises(DncEntryGoneError):
        remove_dnc_entry(entry_id=entry.id, note="consent", removed_by="test", at=at)


def test_remove_dnc_entry_cannot_reach_another_tenant(tenant: Tenant, other_tenant: Tenant, at: datetime) -> None:
    with tenant_scope(other_tenant.id):
        theirs = add_dnc_entry(phone=PHONE, campaign_id=None, source=Evidence.CALLEE, created_by="keypad", at=at)
    with pytest.raises(DncEntryGoneError):
        remove_dnc_entry(entry_id=theirs.id, note="mine now", removed_by="test", at=at)
