from datetime import datetime

import pytest

from apps.accounts.models import Role
from apps.calls.models import QuotaCell
from apps.campaigns.models import Campaign
from apps.tenants.models import Tenant
from tests import factories
from tests.pages import member_client

QUESTIONS = [
    {"key": "sex", "text": "Sex?", "kind": "single", "options": ["Female", "Male"]},
    {"key": "age", "text": "Age?", "kind": "number", "options": []},
    {"key": "why", "text": "Why?", "kind": "text", "options": []},
]
CELLS = {"first": "sex", "second": "age", "second_ranges": "18-34\n35+", "target": "40"}


@pytest.fixture
def campaign(tenant: Tenant) -> Campaign:
    found: Campaign = factories.CampaignFactory.create(script_version__questions=QUESTIONS)
    return found


def url(campaign: Campaign, page: str = "") -> str:
    return f"/t/acme/campaigns/{campaign.id}/quotas/{page}"


def test_cells_are_made_changed_and_ended(tenant: Tenant, campaign: Campaign) -> None:
    client = member_client(tenant)
    client.post(url(campaign, "set/"), CELLS)
    cells = list(QuotaCell.objects.order_by("position"))
    assert [(cell.label, cell.target) for cell in cells][:2] == [("Female · 18-34", 40), ("Female · 35+", 40)]
    client.post(url(campaign, "targets/"), {f"cell_{cell.id}": str(number) for number, cell in enumerate(cells)})
    assert list(QuotaCell.objects.order_by("position").values_list("target", flat=True)) == [0, 1, 2, 3]
    client.post(url(campaign, "end/"))
    assert not QuotaCell.objects.exists()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"second_ranges": "old"}, "second_ranges"),
        ({"second": "sex"}, "second"),
        ({"first": "why"}, "first"),
        ({"target": "0"}, "target"),
        ({"second_ranges": "\n".join(f"{n}-{n}" for n in range(60))}, "__all__"),
    ],
)
def test_what_is_wrong_is_said_beside_the_field(
    tenant: Tenant, campaign: Campaign, change: dict[str, str], field: str
) -> None:
    response = member_client(tenant).post(url(campaign, "set/"), CELLS | change)
    assert list(response.context["form"].errors) == [field]
    assert not QuotaCell.objects.exists()


def test_progress_is_shown_on_both_pages(tenant: Tenant, campaign: Campaign, at: datetime) -> None:
    QuotaCell.objects.create(campaign=campaign, position=0, label="Men", conditions=[], target=10, count=10)
    client = member_client(tenant)
    for page in (url(campaign), f"/t/acme/campaigns/{campaign.id}/"):
        html = client.get(page).content.decode()
        assert "10 of 10: full" in html, page
        assert '<progress max="10" value="10"' in html, page


def test_quotas_are_seen_by_many_and_set_by_managers(tenant: Tenant, campaign: Campaign) -> None:
    client = member_client(tenant, Role.SUPERVISOR)
    assert client.get(url(campaign)).status_code == 200
    assert "Make the cells" not in client.get(url(campaign)).content.decode()
    assert [client.post(url(campaign, page)).status_code for page in ("set/", "targets/", "end/")] == [403] * 3
