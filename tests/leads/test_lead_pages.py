from datetime import datetime

import pytest

from apps.accounts.models import Role
from apps.audit.models import AuditEntry
from apps.compliance.models import Evidence
from apps.compliance.services.suppression import add_dnc_entry
from apps.leads.models import Lead, LeadList
from apps.tenants.models import Tenant
from apps.tenants.scope import tenant_scope
from tests import factories
from tests.dialling import Jobs
from tests.pages import count_queries, member_client

BASE = "/t/acme/"
PHONE = "+12125550101"


def lead_values(**changes: str) -> dict[str, str]:
    return {
        "first_name": "Ada",
        "last_name": "Byron",
        "line_type": "landline",
        "subject_type": "consumer",
        "state": "NY",
    } | changes


def test_list_list_costs_the_same_for_one_and_three_rows(tenant: Tenant) -> None:
    client, costs = member_client(tenant), []
    for number in range(3):
        lead = factories.LeadFactory.create(lead_list__name=f"List {number}")
        factories.CampaignFactory.create(name=f"Campaign {number}").campaign_lists.create(
            lead_list=lead.lead_list, tenant=tenant
        )
        costs.append(count_queries(client, f"{BASE}lists/"))
    assert costs[2] == costs[0]
    html = client.get(f"{BASE}lists/").content.decode()
    assert [html.count(f"Campaign {number}</a>") for number in range(3)] == [1, 1, 1]


def test_list_detail_costs_the_same_for_one_and_three_leads(tenant: Tenant) -> None:
    lead_list, client, costs = factories.LeadListFactory.create(), member_client(tenant), []
    for _ in range(3):
        factories.LeadFactory.create(lead_list=lead_list)
        costs.append(count_queries(client, f"{BASE}lists/{lead_list.id}/"))
    assert costs[2] == costs[0]


def test_list_detail_searches_and_pages(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("apps.leads.views.lists.PAGE_SIZE", 2)
    lead_list = factories.LeadListFactory.create()
    leads = [factories.LeadFactory.create(lead_list=lead_list, last_name=f"By{number}") for number in range(3)]
    client, url = member_client(tenant), f"{BASE}lists/{lead_list.id}/"
    first = client.get(url).context
    assert first["found"].leads == leads[:2]
    assert client.get(url + first["next_url"]).context["found"].leads == leads[2:]
    assert client.get(url, {"q": "by1"}).context["found"].leads == [leads[1]]


def test_list_is_made_renamed_archived_and_restored(tenant: Tenant) -> None:
    client = member_client(tenant)
    client.post(f"{BASE}lists/new/", {"name": "Spring"})
    lead_list = LeadList.objects.get()
    url = f"{BASE}lists/{lead_list.id}/"
    client.post(f"{url}edit/", {"name": "Summer", "description": "fair"})
    assert "Summer" in client.get(url).content.decode()
    client.post(f"{url}archive/")
    assert "Summer</a>" in client.get(f"{BASE}lists/?archived=1").content.decode()
    client.post(f"{url}restore/")
    assert "Summer</a>" in client.get(f"{BASE}lists/").content.decode()


def test_list_create_shows_a_taken_name_beside_the_field(tenant: Tenant) -> None:
    factories.LeadListFactory.create(name="Spring")
    response = member_client(tenant).post(f"{BASE}lists/new/", {"name": "spring", "description": "kept"})
    assert response.context["form"].errors == {"name": ["Another list is called “spring”: choose another name."]}
    assert 'value="kept"' in response.content.decode()


def test_lead_search_goes_straight_to_the_only_match(tenant: Tenant) -> None:
    lead = factories.LeadFactory.create(phone=PHONE)
    client = member_client(tenant)
    assert client.get(f"{BASE}lists/leads/", {"q": "(212) 555-0101"})["Location"] == f"{BASE}lists/leads/{lead.id}/"
    factories.LeadFactory.create(phone=PHONE)
    assert len(client.get(f"{BASE}lists/leads/", {"q": PHONE}).context["found"].leads) == 2
    assert "Nothing found" in client.get(f"{BASE}lists/leads/", {"q": "nobody"}).content.decode()


def test_lead_create_reads_the_form_like_a_row_of_a_file(tenant: Tenant) -> None:
    lead_list = factories.LeadListFactory.create()
    client, url = member_client(tenant), f"{BASE}lists/{lead_list.id}/leads/new/"
    response = client.post(url, lead_values(phone="(212) 555-0101", postal_code="10001-1234", email="ADA@Example.test"))
    lead = Lead.objects.select_related("place").get()
    assert response["Location"] == f"{BASE}lists/leads/{lead.id}/"
    assert (lead.phone, lead.postal_code, lead.email, lead.source) == (PHONE, "10001", "ada@example.test", "by hand")
    assert (lead.place.zones, lead.place.jurisdictions) == (["America/New_York"], ["US", "US-NY"])


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("phone", "555-0101", "The area code is missing."),
        ("phone", "800 555 0101", "The number is toll-free."),
        ("postal_code", "1", "This is not a postal code of US."),
        ("email", "nonsense", "Enter a valid email address."),
    ],
)
def test_lead_create_says_what_is_wrong_and_keeps_the_rest(
    tenant: Tenant, field: str, value: str, message: str
) -> None:
    lead_list = factories.LeadListFactory.create()
    url = f"{BASE}lists/{lead_list.id}/leads/new/"
    response = member_client(tenant).post(url, lead_values(phone="212 555 0101") | {field: value})
    assert response.context["form"].errors[field][0].startswith(message)
    assert f'value="{value}"' in response.content.decode()
    assert Lead.objects.count() == 0


def test_lead_create_refuses_a_number_of_another_source(tenant: Tenant) -> None:
    lead = factories.LeadFactory.create(phone=PHONE, source="fair")
    url = f"{BASE}lists/{lead.lead_list_id}/leads/new/"
    response = member_client(tenant).post(url, lead_values(phone=PHONE))
    assert response.context["form"].errors["phone"] == ["This number is in the list already, from another source."]


def test_lead_edit_moves_the_lead_to_its_new_place(tenant: Tenant) -> None:
    lead = factories.LeadFactory.create(phone=PHONE, custom={"colour": "white"})
    client, url = member_client(tenant), f"{BASE}lists/leads/{lead.id}/edit/"
    assert client.get(url).context["form"]["state"].value() == "NY"
    client.post(url, lead_values(state="CA", confirmed_zone="America/Chicago"))
    lead = Lead.objects.select_related("place").get()
    assert (lead.state, lead.confirmed_zone, lead.place.zones) == ("CA", "America/Chicago", ["America/Chicago"])
    assert "US-CA" in lead.place.jurisdictions
    assert lead.custom == {"colour": "white"}
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.data) == ("lead.changed", {"fields": ["state", "confirmed_zone"]})


def test_lead_edit_has_the_queues_follow_the_lead_to_its_new_place(tenant: Tenant, jobs: Jobs) -> None:
    lead = factories.LeadFactory.create(phone=PHONE)
    client, url = member_client(tenant), f"{BASE}lists/leads/{lead.id}/edit/"
    client.post(url, lead_values(state="CA"))
    client.post(url, lead_values(state="CA", first_name="Augusta"))
    assert jobs.named("campaigns.move_leads") == [{"tenant_id": tenant.id, "lead_ids": [lead.id]}]


def test_lead_edit_without_change_audits_nothing(tenant: Tenant) -> None:
    lead = factories.LeadFactory.create(phone=PHONE)
    member_client(tenant).post(f"{BASE}lists/leads/{lead.id}/edit/", lead_values())
    assert AuditEntry.objects.count() == 0


def test_lead_detail_shows_facts_and_do_not_call_requests(tenant: Tenant, at: datetime) -> None:
    lead = factories.LeadFactory.create(phone=PHONE, custom={"colour": "white"}, external_id="77x")
    add_dnc_entry(phone=PHONE, campaign_id=None, source=Evidence.CALLEE, note="rude", created_by="keypad", at=at)
    other = factories.LeadFactory.create(phone=PHONE, lead_list__name="Elsewhere")
    html = member_client(tenant).get(f"{BASE}lists/leads/{lead.id}/").content.decode()
    assert [text in html for text in ("white", "77x", "rude", "Elsewhere", f"/leads/{other.id}/")] == [True] * 5
    assert html.index("Can this lead be called now?") < html.index("Never called")
    assert "Asked you not to call again." in html


def test_lead_detail_is_three_clicks_from_any_page(tenant: Tenant) -> None:
    """Open the search box, type, press Enter: every page has it in its top bar."""
    html = member_client(tenant).get(f"{BASE}lists/").content.decode()
    assert f'action="{BASE}lists/leads/"' in html[: html.index("<main")]


def test_pages_of_another_tenants_leads_are_not_found(tenant: Tenant, other_tenant: Tenant) -> None:
    with tenant_scope(other_tenant.id):
        theirs = factories.LeadFactory.create(phone=PHONE)
    client = member_client(tenant)
    for path in (f"lists/leads/{theirs.id}/", f"lists/leads/{theirs.id}/edit/", f"lists/{theirs.lead_list_id}/"):
        assert client.get(BASE + path).status_code == 404
    for path in ("edit/", "archive/", "restore/", "leads/new/"):
        assert client.post(f"{BASE}lists/{theirs.lead_list_id}/{path}", lead_values(phone=PHONE)).status_code == 404
    assert client.post(f"{BASE}lists/leads/{theirs.id}/edit/", lead_values()).status_code == 404


@pytest.mark.parametrize(
    ("role", "view", "manage"), [(Role.MANAGER, 200, 200), (Role.SUPERVISOR, 200, 403), (Role.AGENT, 403, 403)]
)
def test_lead_pages_by_role(tenant: Tenant, role: Role, view: int, manage: int) -> None:
    lead, client = factories.LeadFactory.create(), member_client(tenant, role)
    viewing = ["lists/", f"lists/{lead.lead_list_id}/", "lists/leads/", f"lists/leads/{lead.id}/"]
    managing = [
        "lists/new/",
        f"lists/{lead.lead_list_id}/leads/new/",
        f"lists/leads/{lead.id}/edit/",
        "lists/imports/new/",
    ]
    assert [client.get(BASE + path).status_code for path in viewing] == [view] * 4
    assert [client.get(BASE + path).status_code for path in managing] == [manage] * 4


def test_lead_create_has_the_queues_follow_a_lead_that_was_there(tenant: Tenant, jobs: Jobs) -> None:
    lead = factories.LeadFactory.create(phone=PHONE, source="by hand")
    url = f"{BASE}lists/{lead.lead_list_id}/leads/new/"
    client = member_client(tenant)
    client.post(url, lead_values(phone=PHONE, state="CA"))
    client.post(url, lead_values(phone=PHONE, state="CA", first_name="Augusta"))
    assert jobs.named("campaigns.move_leads") == [{"tenant_id": tenant.id, "lead_ids": [lead.id]}]
