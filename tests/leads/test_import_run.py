"""Whole imports on a real database, with the reading process."""

from datetime import UTC, date, datetime
from pathlib import Path
from unittest.mock import Mock

import pytest
from celery import current_app
from django.conf import settings
from django.db import OperationalError

from apps.audit.models import AuditEntry
from apps.compliance.models import Consent, DncEntry, DncRegister, DncRegisterNumber, Relationship
from apps.compliance.services.registers import load_register
from apps.leads.importing import run
from apps.leads.importing.run import due_import_ids, run_import
from apps.leads.models import DedupeScope, Lead, LeadImport, LeadList
from apps.tenants.models import Tenant
from apps.tenants.scope import tenant_scope
from bench.import_corpus import area_codes
from tests import factories
from tests.dialling import Jobs
from tests.leads.importing_kit import AT, Ticking, csv_bytes, import_file, phones_of, queue_file, reject_rows

# Naming the apps lets the flush after each test cascade.
pytestmark = [pytest.mark.django_db(transaction=True, available_apps=list(settings.INSTALLED_APPS))]

READING = run._reading
ROWS = [
    ("(212) 555-0101", "Ada", "NY", "10001"),
    ("415.555.0102", "Bob", "California", "94105"),
    ("555-0103", "Cy", "NY", "10001"),
    ("+1 312 555 0104 x9", "Di", "IL", "60601"),
    ("212-555-0101", "Ada again", "NY", "10001"),
]


@pytest.fixture
def acme(transactional_db: None, media: Path, no_broker: Mock, read_here: None) -> Tenant:
    return factories.TenantFactory.create(slug="importing")


@pytest.fixture
def leads(acme: Tenant) -> LeadList:
    with tenant_scope(acme.id):
        return factories.LeadListFactory.create(tenant=acme, name="June")


def counts(done: LeadImport) -> tuple[int, int, int, int, int]:
    return done.rows_read, done.accepted, done.updated, done.duplicates, done.invalid


def test_import_takes_good_rows_and_names_the_others(acme: Tenant, leads: LeadList) -> None:
    done = import_file(acme, leads, csv_bytes(ROWS))
    assert (done.state, counts(done), done.bytes_done) == ("DONE", (5, 3, 0, 1, 1), done.size)
    assert phones_of(acme, leads) == ["+12125550101", "+14155550102", "+13125550104"]
    assert done.reject_counts == {"phone_no_area_code": 1}
    assert [row[:5] for row in reject_rows(done)] == [
        ["4", "Phone", "555-0103", "The area code is missing.", "Put the area code in front of the seven digits."],
        [
            "6",
            "Phone",
            "+12125550101",
            "This number is there already, in a lead or further up in the file.",
            "Nothing to do.",
        ],
    ]
    assert [row[5:] for row in reject_rows(done)] == [
        ["555-0103", "Cy", "NY", "10001"],
        ["212-555-0101", "Ada again", "NY", "10001"],
    ]


def test_duplicates_of_several_slices_keep_their_cells(
    acme: Tenant, leads: LeadList, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "SLICE_ROWS", 1)
    import_file(acme, leads, csv_bytes([ROWS[1]]))
    done = import_file(acme, leads, csv_bytes([ROWS[0], ROWS[1], ROWS[3], ROWS[4]]))
    assert [[row[0], *row[5:]] for row in reject_rows(done)] == [["3", *ROWS[1]], ["5", *ROWS[4]]]


def test_leads_have_their_place_and_custom_fields(acme: Tenant, leads: LeadList) -> None:
    import_file(
        acme, leads, csv_bytes([("212-555-0101", "Ada", "NY", "10001", "12")], ("Phone", "Name", "St", "Zip", "Roof"))
    )
    with tenant_scope(acme.id):
        lead = Lead.objects.select_related("place").get()
    assert (lead.first_name, lead.state, lead.postal_code, lead.region) == ("Ada", "NY", "10001", "US")
    assert lead.custom == {"Roof": "12"}
    assert lead.place.zones == ["America/New_York"]
    assert "US-NY" in lead.place.jurisdictions
    assert lead.created_at == AT.replace(second=1)


def test_texts_arrive_as_they_stand_in_the_file(acme: Tenant, leads: LeadList) -> None:
    texts = ["C:\\new\\temp", "tab\there", "two\nlines", "old\rMac", "\\N", "\\.", 'said "O\'Neil" 100%', "李"]
    rows = [(f"212-555-01{last:02}", text, text) for last, text in enumerate(texts)]
    import_file(acme, leads, csv_bytes(rows, ("Phone", "Last Name", "Remark of ours")))
    with tenant_scope(acme.id):
        kept = list(Lead.objects.order_by("id").values_list("last_name", "custom"))
    assert kept == [(text, {"Remark of ours": text}) for text in texts]


def test_second_upload_of_the_same_file_adds_nothing(acme: Tenant, leads: LeadList) -> None:
    import_file(acme, leads, csv_bytes(ROWS))
    again = import_file(acme, leads, csv_bytes(ROWS))
    assert counts(again) == (5, 0, 0, 4, 1)
    assert (again.first_lead_id, again.last_lead_id) == (None, None)
    assert len(phones_of(acme, leads)) == 3


def test_ids_of_new_leads_are_in_the_order_of_the_file(acme: Tenant, leads: LeadList) -> None:
    numbers = [f"212-555-01{last:02}" for last in (42, 7, 99, 13)]
    done = import_file(acme, leads, csv_bytes([(number, "", "", "") for number in numbers]))
    with tenant_scope(acme.id):
        ids = list(Lead.objects.order_by("id").values_list("id", flat=True))
    assert (done.first_lead_id, done.last_lead_id) == (ids[0], ids[-1])
    assert phones_of(acme, leads) == [f"+1{number.replace('-', '')}" for number in numbers]


@pytest.mark.parametrize(
    ("scope", "shares_campaign", "accepted"),
    [("LIST", False, 1), ("CAMPAIGN", True, 0), ("CAMPAIGN", False, 1), ("TENANT", False, 0)],
)
def test_dedupe_looks_at_the_scope(
    acme: Tenant, leads: LeadList, scope: str, shares_campaign: bool, accepted: int
) -> None:
    with tenant_scope(acme.id):
        other = factories.LeadListFactory.create(tenant=acme, name="Other")
        factories.LeadFactory.create(tenant=acme, lead_list=other, phone="+12125550101")
    content = csv_bytes([("212-555-0101", "Ada", "NY", "")])
    lists = [other.id] if shares_campaign else []
    done = import_file(acme, leads, content, dedupe_scope=DedupeScope(scope), dedupe_list_ids=lists)
    assert (done.accepted, done.duplicates) == (accepted, 1 - accepted)


def test_another_tenants_numbers_are_no_duplicates(acme: Tenant, leads: LeadList) -> None:
    other = factories.TenantFactory.create(slug="other")
    with tenant_scope(other.id):
        factories.LeadFactory.create(
            tenant=other, lead_list=factories.LeadListFactory.create(tenant=other), phone="+12125550101"
        )
    done = import_file(acme, leads, csv_bytes([("212-555-0101", "Ada", "NY", "")]), dedupe_scope=DedupeScope.TENANT)
    assert done.accepted == 1


def test_update_changes_what_the_file_gives_and_keeps_the_rest(acme: Tenant, leads: LeadList) -> None:
    import_file(
        acme, leads, csv_bytes([("212-555-0101", "Ada", "NY", "10001", "12")], ("Phone", "First", "St", "Zip", "Roof"))
    )
    content = csv_bytes([("212-555-0101", "", "CA", "94105", "new")], ("Phone", "First", "St", "Zip", "Note 2"))
    done = import_file(acme, leads, content, on_duplicate=LeadImport.OnDuplicate.UPDATE)
    assert counts(done) == (1, 0, 1, 0, 0)
    with tenant_scope(acme.id):
        lead = Lead.objects.select_related("place").get()
    assert (lead.first_name, lead.state, lead.custom) == ("Ada", "CA", {"Roof": "12", "Note 2": "new"})
    assert lead.place.zones == ["America/Los_Angeles"]


def test_update_that_moves_a_lead_has_the_queues_follow_it(acme: Tenant, leads: LeadList, jobs: Jobs) -> None:
    import_file(acme, leads, csv_bytes(ROWS))
    with tenant_scope(acme.id):
        moved = Lead.objects.get(phone="+12125550101")
        campaign = factories.CampaignFactory.create(tenant=acme)
        row = factories.CampaignLeadFactory.create(tenant=acme, campaign=campaign, lead=moved)
    content = csv_bytes([("212-555-0101", "Ada", "CA", "94105"), ("415-555-0102", "Bobby", "CA", "94105")])
    import_file(acme, leads, content, on_duplicate=LeadImport.OnDuplicate.UPDATE)
    (sent,) = jobs.named("campaigns.move_leads")
    assert sent == {"tenant_id": acme.id, "lead_ids": [moved.id]}
    current_app.tasks["campaigns.move_leads"](**sent)
    with tenant_scope(acme.id):
        row.refresh_from_db()
        assert row.place.zones == ["America/Los_Angeles"]


def test_rows_that_are_skipped_move_no_lead(acme: Tenant, leads: LeadList, jobs: Jobs) -> None:
    import_file(acme, leads, csv_bytes(ROWS))
    import_file(acme, leads, csv_bytes([("212-555-0101", "Ada", "CA", "94105")]), dedupe_scope=DedupeScope.TENANT)
    assert jobs.named("campaigns.move_leads") == []


def test_update_with_nothing_new_counts_as_duplicate(acme: Tenant, leads: LeadList) -> None:
    import_file(acme, leads, csv_bytes(ROWS))
    again = import_file(acme, leads, csv_bytes(ROWS), on_duplicate=LeadImport.OnDuplicate.UPDATE)
    assert counts(again) == (5, 0, 0, 4, 1)


def test_first_of_two_rows_with_one_number_counts_also_across_slices(
    acme: Tenant, leads: LeadList, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "SLICE_ROWS", 1)
    for expected in ((5, 3, 0, 1, 1), (5, 0, 0, 4, 1)):
        done = import_file(acme, leads, csv_bytes(ROWS), on_duplicate=LeadImport.OnDuplicate.UPDATE)
        assert counts(done) == expected
        with tenant_scope(acme.id):
            assert Lead.objects.get(phone="+12125550101").first_name == "Ada"


def test_update_in_a_wider_scope_changes_the_lead_where_it_is(acme: Tenant, leads: LeadList) -> None:
    with tenant_scope(acme.id):
        other = factories.LeadListFactory.create(tenant=acme, name="Other")
        factories.LeadFactory.create(tenant=acme, lead_list=other, phone="+12125550101", first_name="A.")
    content = csv_bytes([("212-555-0101", "Ada", "NY", ""), ("212-555-0102", "Bob", "NY", "")])
    update = LeadImport.OnDuplicate.UPDATE
    done = import_file(acme, leads, content, dedupe_scope=DedupeScope.TENANT, on_duplicate=update)
    assert counts(done) == (2, 1, 1, 0, 0)
    with tenant_scope(acme.id):
        found = Lead.objects.order_by("phone").values_list("phone", "first_name", "lead_list_id")
        assert list(found) == [("+12125550101", "Ada", other.id), ("+12125550102", "Bob", leads.id)]


def test_legal_columns_become_facts_about_the_number(acme: Tenant, leads: LeadList) -> None:
    header = ("Phone", "Consent", "Consent Date", "Consent Text", "Consent IP", "Last Purchase", "DNC")
    rows = [
        ("212-555-0101", "written", "2026-05-01 10:00", "I agree to calls", "203.0.113.7", "2026-04-02", ""),
        ("212-555-0102", "none", "", "", "", "", "yes"),
        ("212-555-0103", "written", "", "", "", "", "no"),
    ]
    done = import_file(acme, leads, csv_bytes(rows, header))
    assert done.reject_counts == {"consent_undated": 1}
    with tenant_scope(acme.id):
        consent = Consent.objects.get()
        assert (consent.phone, consent.kind, consent.source, consent.text) == (
            "+12125550101",
            "EXPRESS_WRITTEN",
            "IMPORT",
            "I agree to calls",
        )
        assert consent.captured_at == datetime(2026, 5, 1, 10, tzinfo=UTC)
        bought = Relationship.objects.get()
        assert (bought.phone, bought.kind, bought.occurred_on) == ("+12125550101", "PURCHASE", date(2026, 4, 2))
        assert [entry.phone for entry in DncEntry.objects.all()] == ["+12125550102"]


def test_numbers_reported_on_a_register_join_the_copies_there_are(acme: Tenant, leads: LeadList) -> None:
    with tenant_scope(acme.id):
        load_register(
            jurisdiction="US", listed_on=AT.date(), numbers=["+12125550109"], is_sample=True, loaded_by="test", at=AT
        )
    rows = [("212-555-0101", "NY", "yes", "no"), ("212-555-0102", "NY", "", "yes")]
    import_file(acme, leads, csv_bytes(rows, ("Phone", "State", "On National DNC", "On State DNC")))
    with tenant_scope(acme.id):
        found = list(DncRegisterNumber.objects.order_by("phone").values_list("register__jurisdiction", "phone"))
        assert found == [("US", "+12125550101"), ("US", "+12125550109")]
        assert DncRegister.objects.get().number_count == 2


def test_withdrawal_in_a_file_is_recorded_once(acme: Tenant, leads: LeadList) -> None:
    for _ in range(2):
        import_file(acme, leads, csv_bytes([("212-555-0101", "opted out")], ("Phone", "Consent")))
    with tenant_scope(acme.id):
        assert [(consent.phone, consent.kind) for consent in Consent.objects.all()] == [("+12125550101", "NONE")]


def test_facts_of_a_duplicate_row_count_too(acme: Tenant, leads: LeadList) -> None:
    import_file(acme, leads, csv_bytes([("212-555-0101", "no")], ("Phone", "DNC")))
    import_file(acme, leads, csv_bytes([("212-555-0101", "yes")], ("Phone", "DNC")))
    with tenant_scope(acme.id):
        assert [entry.phone for entry in DncEntry.objects.all()] == ["+12125550101"]


def test_file_that_breaks_in_the_middle_imports_nothing(
    acme: Tenant, leads: LeadList, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "SLICE_ROWS", 100)
    good = [(f"{area}-555-0101", "Ada", "", "") for area in area_codes()[:300]]
    done = import_file(acme, leads, csv_bytes(good) + b'212-555-0109,"Eve,NY,10001\r\n')
    assert (done.state, counts(done)) == ("FAILED", (0, 0, 0, 0, 0))
    assert done.error == "Row 302 opens a quote that is never closed. Close or remove the quote."
    assert phones_of(acme, leads) == []


def test_import_whose_worker_died_starts_again_from_the_file(
    acme: Tenant, leads: LeadList, monkeypatch: pytest.MonkeyPatch
) -> None:
    import_id = queue_file(acme, leads, csv_bytes(ROWS))
    with monkeypatch.context() as patch:
        patch.setattr(run, "_finish", Mock(side_effect=OperationalError("server closed the connection")))
        with pytest.raises(OperationalError):
            run_import(tenant_id=acme.id, import_id=import_id, clock=Ticking())
    assert phones_of(acme, leads) == []
    assert due_import_ids(tenant_id=acme.id, at=AT) == []
    later = AT.replace(hour=18)
    assert due_import_ids(tenant_id=acme.id, at=later) == [import_id]
    run_import(tenant_id=acme.id, import_id=import_id, clock=Ticking(later))
    assert len(phones_of(acme, leads)) == 3


def test_import_taken_over_by_another_worker_commits_nothing(
    acme: Tenant, leads: LeadList, monkeypatch: pytest.MonkeyPatch
) -> None:
    import_id = queue_file(acme, leads, csv_bytes(ROWS))
    store = run._store_rejects

    def take_over(*arguments: object) -> str:
        with tenant_scope(acme.id):
            LeadImport.objects.filter(id=import_id).update(started_at=AT.replace(hour=20))
        return store(*arguments)  # type: ignore[arg-type]  # handed through

    monkeypatch.setattr(run, "_store_rejects", take_over)
    run_import(tenant_id=acme.id, import_id=import_id, clock=Ticking())
    assert phones_of(acme, leads) == []
    with tenant_scope(acme.id):
        assert LeadImport.objects.get().state == LeadImport.State.RUNNING


def test_running_and_done_imports_are_left_alone(acme: Tenant, leads: LeadList) -> None:
    done = import_file(acme, leads, csv_bytes(ROWS))
    run_import(tenant_id=acme.id, import_id=done.id, clock=Ticking(AT.replace(hour=20)))
    with tenant_scope(acme.id):
        assert LeadImport.objects.get().finished_at == done.finished_at


def test_queued_import_whose_message_was_lost_is_found_once_a_lease(acme: Tenant, leads: LeadList) -> None:
    import_id = queue_file(acme, leads, csv_bytes(ROWS))
    later = AT.replace(minute=1)
    found = [due_import_ids(tenant_id=acme.id, at=moment) for moment in (AT, later, later)]
    assert found == [[], [import_id], []]


def test_start_and_end_are_in_the_audit(acme: Tenant, leads: LeadList) -> None:
    done = import_file(acme, leads, csv_bytes(ROWS))
    with tenant_scope(acme.id):
        entries = list(AuditEntry.objects.filter(target=f"import:{done.id}").order_by("id"))
    assert [entry.action for entry in entries] == ["import.started", "import.finished"]
    assert entries[1].data["accepted"] == 3


def test_file_is_read_by_a_process_of_its_own(acme: Tenant, leads: LeadList, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "_reading", READING)
    monkeypatch.setattr(run, "SLICE_ROWS", 2)
    done = import_file(acme, leads, csv_bytes(ROWS))
    assert (done.state, counts(done)) == ("DONE", (5, 3, 0, 1, 1))


def test_error_of_the_reading_process_fails_the_import(
    acme: Tenant, leads: LeadList, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "_reading", READING)
    import_id = queue_file(acme, leads, csv_bytes(ROWS))
    with tenant_scope(acme.id):
        lead_import = LeadImport.objects.get()
        LeadImport.objects.update(mapping={**lead_import.mapping, "columns": {}})
    run_import(tenant_id=acme.id, import_id=import_id, clock=Ticking())
    with tenant_scope(acme.id):
        failed = LeadImport.objects.get()
    assert (failed.state, failed.error) == ("FAILED", "No column holds the phone number. Choose the one that does.")


def test_fault_of_ours_fails_the_import_and_is_raised(
    acme: Tenant, leads: LeadList, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "_advance", Mock(side_effect=KeyError("bug")))
    import_id = queue_file(acme, leads, csv_bytes(ROWS))
    with pytest.raises(KeyError):
        run_import(tenant_id=acme.id, import_id=import_id, clock=Ticking())
    with tenant_scope(acme.id):
        assert LeadImport.objects.get().state == LeadImport.State.FAILED
    assert phones_of(acme, leads) == []
