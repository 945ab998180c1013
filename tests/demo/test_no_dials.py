from datetime import datetime, timedelta
from typing import Any

import pytest

from apps.campaigns.models import Campaign, CampaignList, QueueState
from apps.demo.services.no_dials import explain_no_dials
from apps.leads.models import LeadImport
from tests import factories
from tests.dialling import open_campaign


@pytest.fixture
def campaign(tenant: object, at: datetime) -> Campaign:
    return open_campaign(at)


def explain(campaign: Campaign, at: datetime, done: dict[str, int] | None = None, **counts: Any) -> str:
    return explain_no_dials(campaign=campaign, lead_import=LeadImport(**counts), done=done or {}, hours=4.0, at=at)


def test_rows_that_became_no_leads_are_counted_by_reason(campaign: Campaign, at: datetime) -> None:
    sentence = explain(campaign, at, invalid=3, reject_counts={"zone_unknown": 1, "state_unknown": 2})

    assert sentence == (
        "None of the 3 rows became a lead: 2 The state or province is not known, 1 The time zone is not known."
    )


def test_leads_that_may_never_be_called_are_counted_by_reason(campaign: Campaign, at: datetime) -> None:
    sentence = explain(campaign, at, {"dnc_entity": 2, "consent_revoked": 1}, accepted=3)

    assert sentence.startswith("None of the 3 leads may be called: 1 ")
    assert ", 2 " in sentence


def test_leads_that_wait_are_explained_as_on_the_campaigns_page_though_it_is_paused(
    campaign: Campaign, at: datetime
) -> None:
    CampaignList.objects.create(campaign=campaign, lead_list=factories.LeadListFactory.create())
    factories.DispositionFactory.create(disposition_set=campaign.disposition_set)
    Campaign.objects.update(state=Campaign.State.PAUSED)
    for reason in ("dnc_national", "dnc_national", "consent_missing"):
        factories.CampaignLeadFactory.create(
            campaign=campaign, state=QueueState.WAITING, reason=reason, next_attempt_at=at + timedelta(hours=12)
        )

    sentence = explain(Campaign.objects.get(), at, accepted=3)

    assert sentence.startswith("None of the 3 leads left may be called now: 2 ")
