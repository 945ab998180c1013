"""Leads leave the queue best first and once, and one that comes back is found again below what has been claimed."""

from datetime import datetime, timedelta

import pytest

from apps.campaigns.models import Campaign, CampaignLead, CampaignList, QueueFloor, QueueState
from apps.campaigns.services.queue import call_now, claim_next, move_leads, promote_due, take_in_new_leads
from apps.leads.models import Lead
from apps.tenants.models import Tenant
from tests.factories import CampaignFactory, LeadFactory, LeadListFactory, PlaceFactory


@pytest.fixture
def campaign(tenant: Tenant) -> Campaign:
    """A campaign with one list."""
    campaign = CampaignFactory.create()
    CampaignList.objects.create(campaign=campaign, lead_list=LeadListFactory.create())
    return campaign


def add_leads(campaign: Campaign, *ranks: int, place: str = "America/New_York") -> list[Lead]:
    """Leads of these ranks, taken into the queue."""
    lead_list = CampaignList.objects.get(campaign=campaign).lead_list
    home = PlaceFactory.create(zones=[place])
    leads = [LeadFactory.create(lead_list=lead_list, place=home, rank=rank) for rank in ranks]
    assert take_in_new_leads(campaign=campaign) == len(leads)
    return leads


def claim(campaign: Campaign, n: int, *leads: Lead) -> list[int]:
    """Claim from the places of `leads`; returns ids of leads."""
    places = sorted({lead.place_id for lead in leads})
    ids = claim_next(campaign_id=campaign.id, place_ids=places, n=n)
    lead_of = dict(CampaignLead.objects.filter(id__in=ids).values_list("id", "lead_id"))
    return [lead_of[each] for each in ids]


def test_claim_takes_the_best_rank_first_then_the_oldest(campaign: Campaign) -> None:
    old, better, new = add_leads(campaign, 0, 5, 0)

    assert claim(campaign, 2, old) == [better.id, old.id]
    assert claim(campaign, 2, old) == [new.id]
    assert claim(campaign, 2, old) == []


def test_claim_takes_from_open_places_only(campaign: Campaign) -> None:
    (east,) = add_leads(campaign, 0)
    (west,) = add_leads(campaign, 0, place="America/Los_Angeles")

    assert claim(campaign, 5, west) == [west.id]
    assert claim(campaign, 5, east, west) == [east.id]


def test_claim_fills_up_from_the_next_best_place(campaign: Campaign) -> None:
    (east,) = add_leads(campaign, 0)
    west, best = add_leads(campaign, 0, 9, place="America/Los_Angeles")

    assert claim(campaign, 1, east, west) == [best.id]
    assert set(claim(campaign, 5, east, west)) == {east.id, west.id}


def test_leads_taken_in_later_are_found_above_and_below_the_floor(campaign: Campaign) -> None:
    first, second = add_leads(campaign, 0, 0)
    assert claim(campaign, 1, first) == [first.id]
    worse, better = add_leads(campaign, -5, 5)

    assert claim(campaign, 5, first) == [better.id, second.id, worse.id]


def test_taking_in_twice_adds_nothing(campaign: Campaign) -> None:
    add_leads(campaign, 0, 0)

    assert take_in_new_leads(campaign=campaign) == 0


def test_due_lead_comes_back_below_the_floor(campaign: Campaign, at: datetime) -> None:
    first, second, third = add_leads(campaign, 0, 0, 0)
    assert claim(campaign, 2, first) == [first.id, second.id]
    CampaignLead.objects.filter(lead=first).update(state=QueueState.WAITING, next_attempt_at=at)
    later = at + timedelta(hours=1)
    CampaignLead.objects.filter(lead=second).update(state=QueueState.WAITING, next_attempt_at=later)

    assert promote_due(campaign_id=campaign.id, at=at) == 1
    assert claim(campaign, 5, first) == [first.id, third.id]


def test_called_now_lead_is_next(campaign: Campaign) -> None:
    first, second = add_leads(campaign, 9, 0)
    assert claim(campaign, 1, first) == [first.id]
    call_now(campaign=campaign, places={second.id: second.place_id})

    assert claim(campaign, 5, first) == [second.id]


def test_moved_lead_is_claimed_in_its_new_place(campaign: Campaign) -> None:
    east, far = add_leads(campaign, 0, 0)
    (west,) = add_leads(campaign, 0, place="America/Los_Angeles")
    assert claim(campaign, 1, west) == [west.id]
    Lead.objects.filter(id=far.id).update(place=west.place)
    move_leads(lead_ids=[far.id])

    assert claim(campaign, 5, west) == [far.id]
    assert claim(campaign, 5, east) == [east.id]


def test_each_place_keeps_one_floor(campaign: Campaign, at: datetime) -> None:
    first, *_ = add_leads(campaign, 0, 0, 0, 0)
    for _ in range(3):
        claim(campaign, 1, first)
    CampaignLead.objects.filter(lead=first).update(state=QueueState.WAITING, next_attempt_at=at)
    promote_due(campaign_id=campaign.id, at=at)
    claim(campaign, 1, first)
    floor = QueueFloor.objects.get(campaign=campaign)

    assert floor.last_id == CampaignLead.objects.get(lead=first).id
