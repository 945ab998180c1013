"""The ledgers are proven, and every way to tamper with them is found."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection
from django.db.backends.utils import CursorWrapper

from apps.audit.actions import Action
from apps.audit.ledger import LedgerReport, verify_tenant
from apps.audit.models import LEDGERS
from apps.audit.services import erase_values, record
from apps.compliance.models import Decision
from apps.tenants.models import Tenant


@contextmanager
def owner_without_triggers() -> Iterator[CursorWrapper]:
    """The tables' owner with the ledgers' guards off: what an attacker with the database in hand can do."""
    with connection.cursor() as cursor:
        cursor.execute("set constraints all immediate")
        cursor.execute("reset role")
        for table in LEDGERS:
            cursor.execute(f"alter table {table} disable trigger user")
        cursor.execute("alter table audit_personalvalue disable trigger user")
        yield cursor
        for table in LEDGERS:
            cursor.execute(f"alter table {table} enable trigger user")
        cursor.execute("set role app_rt")


@pytest.fixture
def entries(tenant: Tenant, at: datetime) -> list[int]:
    """Four entries, the third with a personal value."""
    data = [{"n": 1}, {}, {"phone": "+12125550101"}, {}]
    return [
        record(Action.LIST_CREATED, at=at + timedelta(minutes=n), target=f"list:{n}", data=data[n]).id for n in range(4)
    ]


def audit_report(tenant: Tenant) -> LedgerReport:
    return verify_tenant(tenant_id=tenant.id)[0]


def test_whole_ledgers_verify(tenant: Tenant, entries: list[int], at: datetime) -> None:
    for _ in range(3):
        Decision.objects.create(
            phone="+12125550101", decided_at=at, expires_at=at, is_allowed=True, rulebook="r1", facts={"a": 0.1}
        )
    audit, decisions = verify_tenant(tenant_id=tenant.id)
    assert (audit.entries, audit.bad_id, len(audit.head)) == (4, None, 64)
    assert (decisions.entries, decisions.bad_id, len(decisions.head)) == (3, None, 64)


def test_empty_ledgers_verify(tenant: Tenant) -> None:
    assert verify_tenant(tenant_id=tenant.id) == [LedgerReport(table=table, entries=0, head="") for table in LEDGERS]


def test_ledger_verifies_whatever_the_sessions_time_zone(tenant: Tenant, entries: list[int], at: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute("set local timezone = 'Asia/Tokyo'")
    record(Action.LIST_CREATED, at=at, target="list:9")
    assert audit_report(tenant).bad_id is None


def test_ledger_verifies_after_an_erasure(tenant: Tenant, entries: list[int], at: datetime) -> None:
    assert erase_values(values=["+12125550101"], at=at, actor_label="test") == 1
    assert audit_report(tenant).bad_id is None


def test_changed_entry_is_found(tenant: Tenant, entries: list[int]) -> None:
    with owner_without_triggers() as cursor:
        cursor.execute("update audit_auditentry set target = 'list:x' where id = %s", [entries[1]])
    report = audit_report(tenant)
    assert (report.bad_id, report.fault) == (entries[1], "CHANGED")


def test_changed_entry_with_its_hash_made_anew_is_found(tenant: Tenant, entries: list[int]) -> None:
    with owner_without_triggers() as cursor:
        cursor.execute("update audit_auditentry set target = 'list:x' where id = %s", [entries[1]])
        cursor.execute(
            "update audit_auditentry t set hash = entry_hash(previous_hash, to_jsonb(t)) where id = %s", [entries[1]]
        )
    report = audit_report(tenant)
    assert (report.bad_id, report.fault) == (entries[2], "GAP")


def test_removed_entry_is_found(tenant: Tenant, entries: list[int]) -> None:
    with owner_without_triggers() as cursor:
        cursor.execute("delete from audit_auditentry where id = %s", [entries[1]])
    report = audit_report(tenant)
    assert (report.bad_id, report.fault) == (entries[2], "GAP")


def test_removed_first_entry_is_found(tenant: Tenant, entries: list[int]) -> None:
    with owner_without_triggers() as cursor:
        cursor.execute("delete from audit_auditentry where id = %s", [entries[0]])
    assert audit_report(tenant).bad_id == entries[1]


def test_removed_last_entry_is_found(tenant: Tenant, entries: list[int]) -> None:
    with owner_without_triggers() as cursor:
        cursor.execute("delete from audit_auditentry where id = %s", [entries[3]])
    report = audit_report(tenant)
    assert (report.bad_id, report.fault) == (entries[2], "HEAD")


def test_emptied_ledger_is_found(tenant: Tenant, entries: list[int]) -> None:
    with owner_without_triggers() as cursor:
        cursor.execute("delete from audit_personalvalue")
        cursor.execute("delete from audit_auditentry")
    report = audit_report(tenant)
    assert (report.entries, report.bad_id, report.fault) == (0, 0, "HEAD")


def test_slipped_in_entry_is_found(tenant: Tenant, entries: list[int]) -> None:
    with owner_without_triggers() as cursor:
        cursor.execute(
            "insert into audit_auditentry (tenant_id, at, action, actor_label, target, data, request_id, previous_hash) "
            "select tenant_id, at, action, '', 'list:x', '{}', '', previous_hash from audit_auditentry where id = %s "
            "returning id",
            [entries[2]],
        )
        (planted,) = cursor.fetchone()
        cursor.execute(
            "update audit_auditentry t set hash = entry_hash(previous_hash, to_jsonb(t)) where id = %s", [planted]
        )
    report = audit_report(tenant)
    assert (report.bad_id, report.fault) == (planted, "FORK")


def test_changed_personal_value_is_found(tenant: Tenant, entries: list[int]) -> None:
    with owner_without_triggers() as cursor:
        cursor.execute("update audit_personalvalue set value = '+12125550199'")
    report = audit_report(tenant)
    assert (report.bad_id, report.fault) == (entries[2], "PERSONAL")


def test_changed_decision_is_found(tenant: Tenant, at: datetime) -> None:
    decision = Decision.objects.create(
        phone="+12125550101", decided_at=at, expires_at=at, is_allowed=False, rulebook="r1", facts={}
    )
    with owner_without_triggers() as cursor:
        cursor.execute("update compliance_decision set is_allowed = true")
    assert verify_tenant(tenant_id=tenant.id)[1].bad_id == decision.id


def test_command_prints_heads_and_ends_well(tenant: Tenant, other_tenant: Tenant, entries: list[int]) -> None:
    out = StringIO()
    call_command("verify_ledger", stdout=out)
    head = audit_report(tenant).head
    assert out.getvalue().splitlines() == [
        f"acme audit_auditentry: 4 entries, head {head}",
        "acme compliance_decision: 0 entries, head -",
        "other audit_auditentry: 0 entries, head -",
        "other compliance_decision: 0 entries, head -",
    ]


def test_command_ends_with_1_and_names_the_first_bad_row(tenant: Tenant, entries: list[int]) -> None:
    with owner_without_triggers() as cursor:
        cursor.execute("update audit_auditentry set target = 'x' where id in (%s, %s)", [entries[3], entries[1]])
    out = StringIO()
    with pytest.raises(SystemExit) as end:
        call_command("verify_ledger", tenant="acme", stdout=out)
    assert end.value.code == 1
    assert f"BROKEN at id {entries[1]}: its content does not match its hash" in out.getvalue()


def test_command_refuses_an_unknown_tenant(db: None) -> None:
    with pytest.raises(CommandError) as error:
        call_command("verify_ledger", tenant="nobody")
    assert error.value.returncode == 2


def test_command_says_when_no_database_answers(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise OperationalError("connection refused")

    with monkeypatch.context() as patch:
        patch.setattr(connection, "ensure_connection", refuse)
        with pytest.raises(CommandError, match="DATABASE_URL") as error:
            call_command("verify_ledger")
    assert error.value.returncode == 2


def test_every_ledger_table_is_walked(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("select tgrelid::regclass::text from pg_trigger where tgname = 'link_entry' order by 1")
        assert [table for (table,) in cursor.fetchall()] == sorted(LEDGERS)
