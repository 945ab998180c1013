import asyncio
import json
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import Workbook

from apps.accounts.models import Role
from apps.leads import live
from apps.leads.models import Lead, LeadImport, LeadList
from apps.leads.reject_texts import reject_rows
from apps.tenants.models import Tenant
from apps.tenants.scope import tenant_scope
from tests import factories
from tests.pages import member_client

BASE = "/t/acme/lists/imports/"
ROWS = (
    "Mobile,First Name,Bought,Shade\n"
    "(212) 555-0101,Ada,2026-01-02,white\n"
    "800-555-0102,Bea,2026-01-02,brown\n"
    "12,Cid,2026-01-02,\n"
)


@pytest.fixture(autouse=True)
def media(tmp_path: Path, settings: Any) -> None:
    settings.MEDIA_ROOT = tmp_path


def csv_file(text: str = ROWS, name: str = "spring fair.csv") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, text.encode())


def upload(tenant: Tenant, **data: object) -> LeadImport:
    member_client(tenant).post(f"{BASE}new/", {"file": csv_file(), "lead_list": 0, **data})
    return LeadImport.objects.get()


def choices(**changes: str) -> dict[str, str]:
    return {
        "column-0": "phone",
        "column-1": "first_name",
        "column-2": "purchase_on",
        "column-3": "custom",
        "region": "US",
        "date_order": "",
        "dedupe_scope": "LIST",
        "on_duplicate": "SKIP",
    } | changes


def test_upload_makes_a_list_called_like_the_file(tenant: Tenant) -> None:
    response = member_client(tenant).post(f"{BASE}new/", {"file": csv_file(), "lead_list": 0})
    lead_import = LeadImport.objects.get()
    assert response["Location"] == f"{BASE}{lead_import.id}/columns/"
    assert (lead_import.lead_list.name, lead_import.file_name) == ("spring fair", "spring fair.csv")
    assert lead_import.state == LeadImport.State.UPLOADED


def test_upload_takes_the_chosen_list(tenant: Tenant) -> None:
    lead_list = factories.LeadListFactory.create(name="Windows")
    page = member_client(tenant).get(f"{BASE}new/?list={lead_list.id}").content.decode()
    assert f'<option value="{lead_list.id}" selected>Windows</option>' in page
    assert upload(tenant, lead_list=lead_list.id).lead_list == lead_list


@pytest.mark.parametrize(
    ("file", "message"),
    [
        (SimpleUploadedFile("x.csv", b"Phone\n"), "The file has a header but no rows."),
        (SimpleUploadedFile("x.pdf", b"%PDF-1.7"), "This is not a table. Save the leads as CSV or .xlsx."),
        (SimpleUploadedFile("x.csv", b""), "The submitted file is empty."),
    ],
)
def test_upload_refuses_what_is_no_lead_file_and_makes_no_list(
    tenant: Tenant, file: SimpleUploadedFile, message: str
) -> None:
    html = member_client(tenant).post(f"{BASE}new/", {"file": file, "lead_list": 0, "name": "kept"}).content.decode()
    assert message in html
    assert 'value="kept"' in html
    assert [LeadList.objects.count(), LeadImport.objects.count()] == [0, 0]


def test_upload_into_a_list_of_another_tenant_is_refused(tenant: Tenant, other_tenant: Tenant) -> None:
    with tenant_scope(other_tenant.id):
        theirs = factories.LeadListFactory.create()
    response = member_client(tenant).post(f"{BASE}new/", {"file": csv_file(), "lead_list": theirs.id})
    assert list(response.context["form"].errors) == ["lead_list"]


def test_columns_are_guessed_with_a_verdict_on_the_first_rows(tenant: Tenant) -> None:
    lead_import = upload(tenant)
    context = member_client(tenant).get(f"{BASE}{lead_import.id}/columns/").context
    assert [field.value() for field, _ in context["column_rows"]][:2] == ["phone", "first_name"]
    assert [samples for _, samples in context["column_rows"]][3] == ["white", "brown"]
    good, toll_free, short = context["verdicts"]
    assert good.phone == "+12125550101"
    assert (toll_free.row, toll_free.column, toll_free.value) == (3, "Mobile", "800-555-0102")
    assert short.code == "phone_too_short"


def test_columns_can_be_corrected_and_looked_at_again(tenant: Tenant) -> None:
    lead_import = upload(tenant)
    data = choices(**{"column-1": "ignore", "column-3": "last_name"}, preview="1")
    context = member_client(tenant).post(f"{BASE}{lead_import.id}/columns/", data).context
    assert (context["verdicts"][0].first_name, context["verdicts"][0].last_name) == ("", "white")
    lead_import.refresh_from_db()
    assert lead_import.state == LeadImport.State.UPLOADED


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"column-0": "ignore"}, "No column holds the phone number. Choose the one that does."),
        ({"column-1": "phone"}, "cannot both be"),
        ({"dedupe_scope": "CAMPAIGN"}, "Choose the campaign whose lists count."),
        ({"region": "FR"}, "Select a valid choice"),
    ],
)
def test_start_says_what_does_not_fit_and_keeps_the_choices(
    tenant: Tenant, changes: dict[str, str], message: str
) -> None:
    lead_import = upload(tenant)
    data = choices(start="1", **{"column-3": "last_name"}) | changes
    response = member_client(tenant).post(f"{BASE}{lead_import.id}/columns/", data)
    assert message in response.content.decode()
    assert response.context["columns"]["column-3"].value() == "last_name"
    lead_import.refresh_from_db()
    assert lead_import.state == LeadImport.State.UPLOADED


def test_start_queues_the_import_with_its_options_once(tenant: Tenant) -> None:
    lead_import, client = upload(tenant), member_client(tenant)
    lists = [factories.LeadListFactory.create().id for _ in range(2)]
    data = choices(
        start="1",
        dedupe_scope="CAMPAIGN",
        dedupe_list_ids=f"{lists[1]},{lists[0]}",
        on_duplicate="UPDATE",
        date_order="MDY",
    )
    for _ in range(2):
        response = client.post(f"{BASE}{lead_import.id}/columns/", data)
        assert response["Location"] == f"{BASE}{lead_import.id}/"
    lead_import.refresh_from_db()
    assert (lead_import.state, lead_import.dedupe_list_ids, lead_import.on_duplicate) == ("QUEUED", lists, "UPDATE")
    assert lead_import.mapping["columns"]["Bought"] == "purchase_on"
    assert lead_import.mapping["date_order"] == "MDY"
    assert "Waiting for a worker" in client.get(f"{BASE}{lead_import.id}/").content.decode()


def test_a_file_that_was_loaded_before_is_recognised(tenant: Tenant) -> None:
    first = upload(tenant)
    LeadImport.objects.update(state=LeadImport.State.DONE)
    client = member_client(tenant)
    client.post(f"{BASE}new/", {"file": csv_file(), "lead_list": 0, "name": "again"})
    second = LeadImport.objects.exclude(id=first.id).get()
    page = client.get(f"{BASE}{second.id}/columns/").content.decode()
    assert "This very file was loaded before, into spring fair." in page
    assert "Its leads will be in both lists" in page
    LeadImport.objects.filter(id=second.id).update(lead_list=first.lead_list)
    page = client.get(f"{BASE}{second.id}/columns/").content.decode()
    assert "Numbers that are there are not added twice." in page


def test_another_sheet_of_a_workbook_can_be_taken(tenant: Tenant) -> None:
    book, stream = Workbook(), BytesIO()
    book.worksheets[0].append(["Notes"])
    book.worksheets[0].append(["nothing here"])
    leads = book.create_sheet("Leads")
    leads.append(["Phone"])
    leads.append(["2125550101"])
    book.save(stream)
    file = SimpleUploadedFile("book.xlsx", stream.getvalue())
    client = member_client(tenant)
    client.post(f"{BASE}new/", {"file": file, "lead_list": 0})
    lead_import = LeadImport.objects.get()
    url = f"{BASE}{lead_import.id}/columns/"
    assert client.get(url).context["verdicts"] == []
    client.post(url, {"sheet": "Leads"})
    assert [row.phone for row in client.get(url).context["verdicts"]] == ["+12125550101"]
    assert "has no sheet" in client.post(url, {"sheet": "Nowhere"}, follow=True).content.decode()


def finished(tenant: Tenant) -> LeadImport:
    lead_import = upload(tenant)
    lead_import.state = LeadImport.State.DONE
    lead_import.rows_read, lead_import.accepted, lead_import.invalid = 1234, 1200, 34
    lead_import.reject_counts = {"phone_too_short": 4, "phone_toll_free": 30}
    lead_import.rejects.save("rejects.csv", ContentFile(b"Row,Column\n2,Mobile\n"))
    return lead_import


def test_result_shows_counts_reasons_and_the_reject_file(tenant: Tenant) -> None:
    lead_import, client = finished(tenant), member_client(tenant)
    html = client.get(f"{BASE}{lead_import.id}/").content.decode()
    assert [text in html for text in ("1,234", "1,200", "The number is toll-free.")] == [True] * 3
    response = client.get(f"{BASE}{lead_import.id}/rejects.csv")
    assert b"".join(response.streaming_content) == b"Row,Column\n2,Mobile\n"
    assert "rejected rows of spring fair.csv" in response["Content-Disposition"]


def test_reject_rows_are_in_words_and_most_frequent_first() -> None:
    counts = {"state_unknown": 1, "phone_toll_free": 3, "brand_new_code": 2}
    assert reject_rows(counts) == [
        ("The number is toll-free.", 3),
        ("brand_new_code", 2),
        ("The state or province is not known.", 1),
    ]


def test_failed_import_says_why(tenant: Tenant) -> None:
    lead_import = upload(tenant)
    LeadImport.objects.update(state=LeadImport.State.FAILED, error="Row 7 has a cell that is too long.")
    html = member_client(tenant).get(f"{BASE}{lead_import.id}/").content.decode()
    assert "Row 7 has a cell that is too long." in html
    assert Lead.objects.count() == 0


def test_progress_is_honest_about_each_stage(tenant: Tenant) -> None:
    lead_import, client = upload(tenant), member_client(tenant)
    url = f"{BASE}{lead_import.id}/live.json"
    texts = []
    for state, done in (("QUEUED", 0), ("RUNNING", 50), ("RUNNING", 100), ("DONE", 100)):
        LeadImport.objects.update(state=state, bytes_done=done, size=100)
        texts.append(client.get(url).json()["text"])
    assert texts == ["Waiting for a worker", "50 % of the file read", "All rows read, storing the leads", "Done"]


def test_stream_sends_what_changes_until_the_import_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    looks = iter(
        [{"rows_read": 0, "is_over": False}, {"rows_read": 5, "is_over": False}, {"rows_read": 5, "is_over": True}]
    )
    first = next(looks)
    monkeypatch.setattr(live, "LOOK_SECONDS", 0)
    monkeypatch.setattr(live, "_look", lambda tenant_id, import_id: next(looks))

    async def read() -> list[dict[str, object]]:
        stream = live._messages(1, 1, first)
        assert (await anext(stream)).startswith(b"event: ping")
        return [json.loads((await anext(stream)).removeprefix(b"data: ")) for _ in range(3)]

    assert asyncio.run(read()) == [first, {"rows_read": 5}, {"is_over": True, "refresh": ["import"]}]


def test_stream_gives_signs_of_life_while_nothing_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    values = {"rows_read": 0, "is_over": False}
    for name in ("LOOK_SECONDS", "PING_SECONDS"):
        monkeypatch.setattr(live, name, 0)
    monkeypatch.setattr(live, "_look", lambda tenant_id, import_id: values)

    async def read() -> list[bytes]:
        stream = live._messages(1, 1, values)
        return [(await anext(stream)).partition(b"\n")[0] for _ in range(4)]

    assert asyncio.run(read())[2:] == [b"event: ping"] * 2


def test_stream_ends_so_that_rights_are_checked_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "STREAM_SECONDS", 0)

    async def read() -> int:
        return len([message async for message in live._messages(1, 1, {"is_over": True})])

    assert asyncio.run(read()) == 2


def test_imports_of_another_tenant_are_not_found(tenant: Tenant, other_tenant: Tenant) -> None:
    with tenant_scope(other_tenant.id):
        theirs = LeadImport.objects.create(
            lead_list=factories.LeadListFactory.create(),
            file_name="x.csv",
            size=1,
            sha256="0",
            file="x",
            tenant=other_tenant,
        )
    client = member_client(tenant)
    for path in ("", "columns/", "live.json", "rejects.csv"):
        assert client.get(f"{BASE}{theirs.id}/{path}").status_code == 404
    assert client.post(f"{BASE}{theirs.id}/columns/", choices(start="1")).status_code == 404


def test_rejects_are_for_those_who_load_files(tenant: Tenant) -> None:
    lead_import = finished(tenant)
    client = member_client(tenant, Role.SUPERVISOR)
    assert client.get(f"{BASE}{lead_import.id}/").status_code == 200
    assert client.get(f"{BASE}{lead_import.id}/rejects.csv").status_code == 403


def test_import_without_rejects_has_no_reject_file(tenant: Tenant) -> None:
    lead_import = upload(tenant)
    assert member_client(tenant).get(f"{BASE}{lead_import.id}/rejects.csv").status_code == 404
