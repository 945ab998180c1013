from django.test import Client
from apps.tenants.models import Tenant
from tests import factories


def test_campaign_page(web: Client, tenant: Tenant) -> None:
    campaign = factories.CampaignFactory.create()
    for path in (
        "overview/",
        "campaigns/",
        "campaigns/new/",
        f"campaigns/{campaign.id}/",
        f"campaigns/{campaign.id}/edit/",
        f"campaigns/{campaign.id}/attempts/",
        f"campaigns/{campaign.id}/live.json",
        f"campaigns/{campaign.id}/figures/",
        "campaigns/state.json",
    ):
        r = web.get(f"/t/acme/{path}")
        assert r.status_code == 200, path
