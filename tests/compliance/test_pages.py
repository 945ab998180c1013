from datetime import date, datetime, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from apps.accounts.models import Role
from apps.compliance.models import Consent, DncEntry, DncRegister, DncRegisterNumber, Evidence
from apps.compliance.selectors import consent_status
from apps.compliance.services.consents import ConsentFact, record_consent
from apps.compliance.services.register_files import RegisterFileError, read_register_file
from apps.compliance.services.registers import load_register
from apps.compliance.services.suppression import add_dnc_entry
from apps.core import clock
from apps.tenants.models import Tenant
from apps.tenants.scope import tenant_scope
from tests import factories
from tests.pages import client_of, count_queries, member_client

BASE = "/t/acme/dnc/"
PHONE = "+12125550101"


def entry(at: datetime, phone: str = PHONE, campaign_id: int | None = None) -> DncEntry:
    return add_dnc_entry(phone=phone, campaign_id=campaign_id, source=Evidence.CALLEE, created_by="keypad", at=at)


def test_dnc_list_costs_the_same_for_one_and_three_rows(tenant: Tenant, at: datetime) -> None:
    client = member_client(tenant)
    entry(at, "+12125550110", factories.CampaignFactory.create().id)
    cost = count_queries(client, BASE)
    for number in range(2):
        entry(at, f"+1212555010{number}", factories.CampaignFactory.create().id)
    assert count_queries(client, BASE) == cost
    assert client.get(BASE).content.decode().count("Remove</a>") == 3


def test_dnc_list_pages_by_cursor(tenant: Tenant, at: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("apps.compliance.views.PAGE_SIZE", 2)
    ids = [entry(at, f"+1212555010{number}").id for number in range(5)]
    client = member_client(tenant)
    seen, url = [], BASE
    while url:
        context = client.get(url).context
        seen.append([row.id for row in context["entries"]])
        url = context["next_url"] and BASE + context["next_url"]
    assert seen == [ids[:2:-1], ids[2:0:-1], ids[:1]]


def test_dnc_list_finds_a_number_in_any_writing_with_its_removed_entries(tenant: Tenant, at: datetime) -> None:
    entry(at), entry(at, "+12125550102")
    client = member_client(tenant)
    found = client.get(BASE, {"phone": "(212) 555-0101"}).context["entries"]
    assert [row.phone for row in found] == [PHONE]
    client.post(f"{BASE}{found[0].id}/remove/", {"note": "wrote on 1 June"})
    html = client.get(BASE, {"phone": PHONE}).content.decode()
    assert "wrote on 1 June" in html
    assert [row.phone for row in client.get(BASE).context["entries"]] == ["+12125550102"]


def test_dnc_list_says_when_the_number_searched_for_is_none(tenant: Tenant) -> None:
    html = member_client(tenant).get(BASE, {"phone": "12"}).content.decode()
    assert "The number has too few digits." in html


def test_dnc_add_takes_good_lines_and_keeps_the_others(tenant: Tenant, at: datetime) -> None:
    entry(at)
    lines = "(212) 555-0101\n\n+1 212 555 0102\nhello\n"
    response = member_client(tenant).post(f"{BASE}add/", {"numbers": lines, "note": "letter of 3 May"})
    assert set(DncEntry.objects.values_list("phone", flat=True)) == {PHONE, "+12125550102"}
    assert response.context["form"]["numbers"].value() == "hello"
    assert response.context["form"]["note"].value() == "letter of 3 May"
    assert "This is not a phone number." in response.content.decode()
    assert "was there before" in response.content.decode()


def test_dnc_add_for_one_campaign(tenant: Tenant) -> None:
    campaign = factories.CampaignFactory.create(name="Windows")
    client = member_client(tenant)
    assert "only Windows" in client.get(f"{BASE}add/?phone=%2B12125550101").content.decode()
    response = client.post(f"{BASE}add/", {"numbers": PHONE, "campaign_id": campaign.id})
    assert response["Location"] == BASE
    assert DncEntry.objects.get().campaign_id == campaign.id


def test_dnc_remove_needs_a_ground(tenant: Tenant, at: datetime) -> None:
    row = entry(at)
    response = member_client(tenant).post(f"{BASE}{row.id}/remove/", {"note": ""})
    assert response.context["form"].errors == {"note": ["This field is required."]}
    assert DncEntry.objects.get().removed_at is None


def test_register_list_shows_age_and_what_is_missing(tenant: Tenant) -> None:
    today = clock.now().date()
    for code, days in (("US", 0), ("US-FL", 31), ("US-TX", 32)):
        load_register(
            jurisdiction=code,
            listed_on=today - timedelta(days=days),
            numbers=[PHONE],
            is_sample=False,
            loaded_by="test",
            at=clock.now(),
        )
    context = member_client(tenant).get(f"{BASE}registers/").context
    assert [(row["register"].jurisdiction, row["days_left"]) for row in context["registers"]] == [
        ("US", 31),
        ("US-FL", 0),
        ("US-TX", -1),
    ]
    assert "US-NY" in context["missing"]
    assert "US-FL" not in context["missing"]


def test_register_load_replaces_the_copy_from_a_file(tenant: Tenant) -> None:
    file = SimpleUploadedFile("us.txt", b"\xef\xbb\xbfnumber\r\n212,5550101\r\n2125550102\n\n(212) 555-0103\n")
    data = {"jurisdiction": "US", "listed_on": "2026-06-01", "file": file}
    response = member_client(tenant).post(f"{BASE}registers/load/", data)
    assert response["Location"] == f"{BASE}registers/"
    assert list(DncRegisterNumber.objects.order_by("phone").values_list("phone", flat=True)) == [
        PHONE,
        "+12125550102",
        "+12125550103",
    ]


def test_register_load_names_the_bad_line_and_loads_nothing(tenant: Tenant) -> None:
    data = {
        "jurisdiction": "US",
        "listed_on": "2026-06-01",
        "file": SimpleUploadedFile("us.txt", b"2125550101\nrubbish\n"),
    }
    response = member_client(tenant).post(f"{BASE}registers/load/", data)
    errors = response.context["form"].errors
    assert errors["file"][0].startswith("Line 2: “rubbish” is no phone number.")
    assert DncRegister.objects.count() == 0


def test_read_register_file_of_another_country() -> None:
    assert list(read_register_file(["020 7946 0001"], region="GB")) == ["+442079460001"]
    with pytest.raises(RegisterFileError, match="Line 1"):
        list(read_register_file(["12"], region="GB"))


def test_number_detail_shows_consent_and_withdraws_it(tenant: Tenant, at: datetime) -> None:
    kind = Consent.Kind.EXPRESS_WRITTEN
    fact = ConsentFact(phone=PHONE, kind=kind, source=Evidence.API, captured_at=at, seller="Acme", text="I agree")
    record_consent(fact=fact, recorded_by="source", at=at)
    client = member_client(tenant)
    html = client.get(f"{BASE}number/", {"phone": "212 555 0101"}).content.decode()
    assert "I agree" in html
    response = client.post(f"{BASE}number/revoke/", {"phone": PHONE})
    assert response["Location"] == f"{BASE}number/?phone=%2B12125550101"
    assert consent_status([PHONE])[PHONE] == "revoked"


def test_consent_add_records_and_refuses_the_future(tenant: Tenant) -> None:
    client = member_client(tenant)
    data = {"phone": PHONE, "kind": "EXPRESS", "captured_at": "2126-01-02T10:00", "text": "By phone"}
    response = client.post(f"{BASE}number/consent/", data)
    assert response.context["consent_form"].errors == {"captured_at": ["A consent cannot be captured in the future."]}
    assert response.context["consent_form"]["text"].value() == "By phone"
    client.post(f"{BASE}number/consent/", data | {"captured_at": "2026-01-02T10:00"})
    assert Consent.objects.get().captured_at.date() == date(2026, 1, 2)


def test_dnc_entry_of_another_tenant_is_not_found(tenant: Tenant, other_tenant: Tenant, at: datetime) -> None:
    with tenant_scope(other_tenant.id):
        theirs = entry(at)
    client = member_client(tenant)
    assert client.get(f"{BASE}{theirs.id}/remove/").status_code == 404
    assert client.post(f"{BASE}{theirs.id}/remove/", {"note": "x"}).status_code == 404
    assert client.get(BASE, {"phone": PHONE}).context["entries"] == []


@pytest.mark.parametrize(
    ("role", "view", "manage"),
    [(Role.MANAGER, 200, 200), (Role.COMPLIANCE, 200, 200), (Role.SUPERVISOR, 200, 403), (Role.AGENT, 403, 403)],
)
def test_suppression_pages_by_role(tenant: Tenant, role: Role, view: int, manage: int) -> None:
    client = member_client(tenant, role)
    assert [client.get(BASE + path).status_code for path in ("", "registers/", "number/")] == [view] * 3
    assert [client.get(BASE + path).status_code for path in ("add/", "registers/load/")] == [manage] * 2


def test_consent_add_refuses_a_time_that_could_not_be_read_again(tenant: Tenant) -> None:
    Tenant.objects.filter(id=tenant.id).update(time_zone="Asia/Tokyo")
    data = {"phone": PHONE, "kind": "EXPRESS", "captured_at": "0001-01-01T00:00"}
    response = member_client(tenant).post(f"{BASE}number/consent/", data)
    assert response.context["consent_form"].errors["captured_at"] == ["Enter a valid date/time."]


def test_dnc_pages_take_odd_numbers(tenant: Tenant) -> None:
    client = member_client(tenant)
    assert client.get(BASE, {"before": "9" * 5000}).status_code == 200
    response = client.post(f"{BASE}add/", {"numbers": PHONE, "campaign_id": "9" * 30})
    assert list(response.context["form"].errors) == ["campaign_id"]


def test_dnc_add_keeps_a_long_address_as_far_as_it_goes(tenant: Tenant) -> None:
    member = factories.MembershipFactory.create(user__name="", user__email=f"{'a' * 60}@{'b' * 60}.{'c' * 60}.com")
    client_of(member).post(f"{BASE}add/", {"numbers": PHONE})
    assert DncEntry.objects.get().created_by == member.user.email[:120]
