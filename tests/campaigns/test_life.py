"""A campaign's life: which steps there are, what stands in the way, and that every step is on record."""

import itertools
from datetime import datetime, time

import pytest

from apps.audit.models import AuditEntry
from apps.campaigns.domain.life import may_become
from apps.campaigns.models import Campaign, CampaignList, CampaignTotals, Disposition
from apps.campaigns.selectors import find_blockers
from apps.campaigns.services import life
from apps.core.errors import ConflictError
from apps.tenants.models import Tenant
from tests import factories

State = Campaign.State


def complete_campaign(state: State) -> Campaign:
    """A campaign that lacks nothing."""
    campaign: Campaign = factories.CampaignFactory.create(state=state)
    factories.DispositionFactory.create(disposition_set=campaign.disposition_set)
    CampaignList.objects.create(campaign=campaign, lead_list=factories.LeadListFactory.create())
    return campaign


@pytest.mark.parametrize(("old", "new"), itertools.product(State, State))
def test_each_step_is_taken_and_audited_or_refused(tenant: Tenant, at: datetime, old: State, new: State) -> None:
    campaign = complete_campaign(old)

    if not may_become(old, new):
        with pytest.raises(life.StateChangeError):
            life.change_state(campaign=campaign, state=new, at=at)
    else:
        life.change_state(campaign=campaign, state=new, at=at, reason="Because.")

    stored = Campaign.objects.get(id=campaign.id)
    entries = list(AuditEntry.objects.values_list("target", "actor_label", "data"))
    if may_become(old, new):
        assert (stored.state, stored.state_reason) == (new, "Because.")
        assert entries == [(f"campaign:{campaign.id}", "dialler", {"from": old, "to": new, "reason": "Because."})]
    else:
        assert (stored.state, entries) == (old, [])


def test_a_step_that_somebody_else_has_taken_is_refused(tenant: Tenant, at: datetime) -> None:
    campaign = complete_campaign(State.RUNNING)
    stale = Campaign.objects.get(id=campaign.id)
    life.change_state(campaign=campaign, state=State.PAUSED, at=at)

    with pytest.raises(life.StateChangeError, match="Somebody else"):
        life.change_state(campaign=stale, state=State.COMPLETED, at=at)


def test_a_campaign_says_all_that_it_lacks(tenant: Tenant, at: datetime) -> None:
    campaign = factories.CampaignFactory.create(state=State.DRAFT, script_version=None, caller_id=None, weekdays=[])

    with pytest.raises(life.CampaignNotReadyError) as caught:
        life.change_state(campaign=campaign, state=State.RUNNING, at=at)

    assert caught.value.message == (
        "It has no list: choose at least one. It has no script: choose one. It has no caller id: choose one. "
        "Its disposition set is empty: add dispositions. No weekday is chosen in its schedule."
    )


def test_a_number_or_an_account_out_of_use_stands_in_the_way(tenant: Tenant) -> None:
    campaign = complete_campaign(State.DRAFT)
    assert find_blockers(campaign) == []

    campaign.caller_id.account.is_active, campaign.caller_id.account.trouble = False, "20003: Authenticate"
    assert find_blockers(campaign) == ["The carrier account is stopped: 20003: Authenticate."]

    campaign.caller_id.is_active = False
    assert find_blockers(campaign) == ["Its caller id is out of use: disabled by a manager."]


def test_a_seller_without_a_telephone_number_stands_in_the_way(tenant: Tenant) -> None:
    Tenant.objects.filter(id=tenant.id).update(seller_phone="")
    assert find_blockers(complete_campaign(State.DRAFT)) == [
        "The organisation's settings have no telephone number of the seller: an owner fills it in."
    ]


def test_a_new_campaign_is_a_draft_with_totals_lists_and_a_plan(tenant: Tenant, at: datetime) -> None:
    dispositions = life.create_disposition_set(name="Usual")
    lists = [factories.LeadListFactory.create() for _ in range(2)]
    campaign = life.create_campaign(
        lists=lists,
        actor=None,
        at=at,
        name="Spring",
        disposition_set=dispositions,
        call_from=time(9),
        call_until=time(20),
        weekdays=[1],
    )

    assert (campaign.state, CampaignTotals.objects.get(campaign=campaign).dialled) == (State.DRAFT, 0)
    assert list(campaign.campaign_lists.order_by("id").values_list("lead_list_id", flat=True)) == [x.id for x in lists]
    assert "NO_ANSWER" in campaign.retry_plan
    hotkeys = list(Disposition.objects.order_by("position").values_list("hotkey", flat=True))
    assert hotkeys == [str(key) for key in range(1, 10)]


def test_an_archived_campaign_is_not_changed_any_more(tenant: Tenant, at: datetime) -> None:
    campaign = complete_campaign(State.ARCHIVED)

    with pytest.raises(ConflictError):
        life.update_campaign(campaign=campaign, lists=None, actor=None, at=at, name="New")


def test_a_change_records_what_was_before(tenant: Tenant, at: datetime) -> None:
    campaign = complete_campaign(State.DRAFT)
    other = factories.LeadListFactory.create()

    life.update_campaign(campaign=campaign, lists=[other], actor=None, at=at, name="New", ratio=campaign.ratio)

    (entry,) = AuditEntry.objects.all()
    assert list(entry.data["changes"]) == ["name"]
    assert entry.data["changes"]["name"][1] == "New"
    assert [link.lead_list_id for link in campaign.campaign_lists.all()] == [other.id]
