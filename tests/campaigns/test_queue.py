"""A campaign's queue on the real database: exact order, nothing twice, nothing lost."""

import itertools
import random
from datetime import datetime, timedelta

import pytest
from django.db import connection

from apps.campaigns.models import Campaign, CampaignLead, CampaignList, CampaignTotals, QueueFloor, QueueState
from apps.campaigns.services import queue
from apps.leads.models import Lead, LeadImport, LeadList, Place
from apps.tenants.models import Tenant
from tests import factories

_numbers = itertools.count(1)


@pytest.fixture
def campaign(tenant: Tenant) -> Campaign:
    return factories.CampaignFactory.create()


@pytest.fixture
def lead_list(campaign: Campaign) -> LeadList:
    lead_list: LeadList = factories.LeadListFactory.create()
    CampaignList.objects.create(campaign=campaign, lead_list=lead_list)
    return lead_list


def new_lead(lead_list: LeadList, **values: object) -> Lead:
    lead: Lead = factories.LeadFactory.create(lead_list=lead_list, phone=f"+1212556{next(_numbers):04d}", **values)
    return lead


def places() -> list[int]:
    return list(Place.objects.order_by("id").values_list("id", flat=True))


def claim(campaign: Campaign, n: int = 100) -> list[int]:
    """Lead ids in the order claimed."""
    ids = queue.claim_next(campaign_id=campaign.id, place_ids=places(), n=n)
    by_id = dict(CampaignLead.objects.filter(id__in=ids).values_list("id", "lead_id"))
    assert len(set(ids)) == len(ids)
    return [by_id[id_] for id_ in ids]


def take_in(campaign: Campaign) -> int:
    return queue.take_in_new_leads(campaign=campaign)


def test_leads_are_claimed_by_rank_then_age_over_all_open_places(campaign: Campaign, lead_list: LeadList) -> None:
    chance = random.Random(5)
    west = factories.PlaceFactory.create(zones=["America/Los_Angeles"], jurisdictions=["US", "US-CA"])
    east = factories.PlaceFactory.create()
    leads = [new_lead(lead_list, rank=chance.choice([-3, 0, 7]), place=chance.choice([east, west])) for _ in range(30)]
    assert take_in(campaign) == 30

    claimed = [claim(campaign, n) for n in (7, 1, 13, 50)]

    ranks = {lead.id: lead.rank for lead in leads}
    order = [lead_id for part in claimed for lead_id in part]
    assert [len(part) for part in claimed] == [7, 1, 13, 9]
    assert [ranks[lead_id] for lead_id in order] == sorted((lead.rank for lead in leads), reverse=True)
    for place, rank in itertools.product((east, west), (-3, 0, 7)):
        group = {lead.id for lead in leads if (lead.place_id, lead.rank) == (place.id, rank)}
        assert [lead_id for lead_id in order if lead_id in group] == sorted(group)


def test_closed_places_are_left_alone(campaign: Campaign, lead_list: LeadList) -> None:
    west = factories.PlaceFactory.create(zones=["America/Los_Angeles"], jurisdictions=["US", "US-CA"])
    new_lead(lead_list, place=west)
    eastern = new_lead(lead_list)
    take_in(campaign)

    ids = queue.claim_next(campaign_id=campaign.id, place_ids=[eastern.place_id], n=5)

    assert [row.lead_id for row in CampaignLead.objects.filter(id__in=ids)] == [eastern.id]
    assert queue.claim_next(campaign_id=campaign.id, place_ids=[], n=5) == []


def test_a_better_lead_that_comes_later_goes_first(campaign: Campaign, lead_list: LeadList) -> None:
    first, second = (new_lead(lead_list) for _ in range(2))
    take_in(campaign)
    assert claim(campaign, 1) == [first.id]

    better = new_lead(lead_list, rank=10)
    take_in(campaign)

    assert claim(campaign) == [better.id, second.id]


def test_a_lead_that_comes_back_is_claimed_before_newer_ones(
    campaign: Campaign, lead_list: LeadList, at: datetime
) -> None:
    first, second, third = (new_lead(lead_list) for _ in range(3))
    take_in(campaign)
    assert claim(campaign, 2) == [first.id, second.id]
    row = CampaignLead.objects.get(lead=first)

    queue.release(campaign_lead_id=row.id, at=at)
    assert queue.promote_due(campaign_id=campaign.id, at=at - timedelta(seconds=1)) == 0
    assert queue.promote_due(campaign_id=campaign.id, at=at) == 1

    assert claim(campaign) == [first.id, third.id]


def test_nothing_is_lost_or_doubled_over_many_rounds(campaign: Campaign, lead_list: LeadList, at: datetime) -> None:
    """Against a model: leads come, are claimed, released, parked and called at once in any order."""
    chance = random.Random(11)
    ready: dict[int, tuple[int, int]] = {}
    held: list[int] = []
    places_ = [
        factories.PlaceFactory.create(),
        factories.PlaceFactory.create(zones=["America/Chicago"], jurisdictions=["US", "US-TX"]),
    ]
    for step in range(60):
        move = chance.choice(["new", "claim", "claim", "release", "now"])
        if move == "new":
            fresh = [new_lead(lead_list, rank=chance.randrange(3), place=chance.choice(places_)) for _ in range(4)]
            assert take_in(campaign) == 4
            rows = CampaignLead.objects.filter(lead__in=fresh)
            ready |= {row.id: (row.priority, row.id) for row in rows}
        elif move == "claim":
            n = chance.randrange(1, 6)
            ids = queue.claim_next(campaign_id=campaign.id, place_ids=places(), n=n)
            wanted = sorted(ready.values())[:n]
            assert [ready[id_][0] for id_ in ids] == [priority for priority, _ in wanted], step
            held += ids
            for id_ in ids:
                del ready[id_]
        elif held:
            id_ = held.pop(chance.randrange(len(held)))
            row = CampaignLead.objects.get(id=id_)
            if move == "release":
                queue.release(campaign_lead_id=id_, at=at)
                queue.promote_due(campaign_id=campaign.id, at=at)
                ready[id_] = (row.priority, id_)
            else:
                queue.finish_lead(campaign_lead_id=id_, reason="sale")
                queue.call_now(campaign=campaign, places={row.lead_id: row.place_id})
                ready[id_] = (queue.PRIORITY_NOW, id_)

    assert sorted(queue.claim_next(campaign_id=campaign.id, place_ids=places(), n=500)) == sorted(ready)


def test_a_second_look_takes_in_a_lead_that_committed_late(campaign: Campaign, lead_list: LeadList) -> None:
    late, seen = (new_lead(lead_list) for _ in range(2))
    with connection.cursor() as cursor:
        # As a tick sees it while the first of two sources has not committed yet.
        cursor.execute("update leads_lead set lead_list_id = %s where id = %s", [other_list().id, late.id])
    assert take_in(campaign) == 1
    with connection.cursor() as cursor:
        cursor.execute("update leads_lead set lead_list_id = %s where id = %s", [lead_list.id, late.id])

    assert take_in(campaign) == 1
    assert take_in(campaign) == 0
    assert set(claim(campaign)) == {late.id, seen.id}
    assert CampaignList.objects.get(campaign=campaign).last_lead_id == seen.id


def other_list() -> LeadList:
    lead_list: LeadList = factories.LeadListFactory.create()
    return lead_list


def test_an_import_that_ends_after_newer_leads_is_taken_in_whole(
    campaign: Campaign, lead_list: LeadList, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A long import commits leads far below ones that single posts have brought in meanwhile."""
    monkeypatch.setattr(queue, "LOOK_BACK", 0)
    hidden = other_list()
    imported = [new_lead(hidden) for _ in range(3)]
    posted = new_lead(lead_list)
    assert [take_in(campaign) for _ in range(3)] == [1, 0, 0]
    Lead.objects.filter(id__in=[lead.id for lead in imported]).update(lead_list=lead_list)
    done = LeadImport.objects.create(
        lead_list=lead_list,
        file="x.csv",
        file_name="x.csv",
        size=1,
        sha256="0" * 64,
        state=LeadImport.State.DONE,
        first_lead_id=imported[0].id,
        last_lead_id=imported[-1].id,
    )

    assert [take_in(campaign), take_in(campaign)] == [3, 0]
    assert sorted(claim(campaign)) == sorted([*(lead.id for lead in imported), posted.id])
    assert done.first_lead_id < posted.id


def test_a_lead_in_two_lists_of_a_campaign_is_taken_in_for_each_row_once(
    campaign: Campaign, lead_list: LeadList
) -> None:
    new_lead(lead_list)

    assert [take_in(campaign), take_in(campaign)] == [1, 0]


def test_call_now_goes_to_the_head_and_leaves_a_lead_on_a_call_alone(campaign: Campaign, lead_list: LeadList) -> None:
    first, second, third = (new_lead(lead_list) for _ in range(3))
    take_in(campaign)
    assert claim(campaign, 1) == [first.id]

    queue.call_now(campaign=campaign, places={lead.id: lead.place_id for lead in (first, third)})

    assert CampaignLead.objects.get(lead=first).state == QueueState.RESERVED
    assert claim(campaign) == [third.id, second.id]


def test_a_particular_lead_is_claimed_once(campaign: Campaign, lead_list: LeadList) -> None:
    first, second = (new_lead(lead_list) for _ in range(2))
    take_in(campaign)
    row = CampaignLead.objects.get(lead=first)

    taken = [queue.claim_one(campaign_id=campaign.id, campaign_lead_id=row.id) for _ in range(2)]

    assert taken == [queue.Standing(row.id, QueueState.READY, "", None), None]
    assert claim(campaign) == [second.id]


def test_leads_follow_their_place_and_can_be_claimed_there(campaign: Campaign, lead_list: LeadList) -> None:
    lead = new_lead(lead_list)
    take_in(campaign)
    west = factories.PlaceFactory.create(zones=["America/Los_Angeles"], jurisdictions=["US", "US-CA"])
    Lead.objects.filter(id=lead.id).update(place=west)

    queue.move_leads(lead_ids=[lead.id])

    ids = queue.claim_next(campaign_id=campaign.id, place_ids=[west.id], n=1)
    assert [CampaignLead.objects.get(id=id_).lead_id for id_ in ids] == [lead.id]


def test_a_place_has_one_floor(campaign: Campaign, lead_list: LeadList, at: datetime) -> None:
    for _ in range(3):
        new_lead(lead_list)
        take_in(campaign)
        claim(campaign, 1)

    assert QueueFloor.objects.filter(campaign=campaign).count() == 1


# --- where leads wait, and what is counted


@pytest.mark.parametrize(("until", "expected"), [(timedelta(hours=3), timedelta(hours=3)), (None, queue.RECHECK)])
def test_a_parked_lead_waits_with_its_reason(
    campaign: Campaign, lead_list: LeadList, at: datetime, until: timedelta | None, expected: timedelta
) -> None:
    new_lead(lead_list)
    take_in(campaign)
    claim(campaign)
    row = CampaignLead.objects.get()

    queue.park([queue.Park(row.id, "calling_time", at + until if until else None)], at=at)

    row.refresh_from_db()
    assert (row.state, row.reason, row.next_attempt_at) == (QueueState.WAITING, "calling_time", at + expected)


@pytest.mark.parametrize(
    ("outcome", "state", "reason", "after", "counted"),
    [
        ("NO_ANSWER", QueueState.WAITING, "retry", timedelta(minutes=120), (1, 0, 0)),
        ("CONNECTED", QueueState.WAITING, "awaiting_disposition", None, (1, 1, 0)),
        ("ABANDONED", QueueState.WAITING, "abandoned_rest", timedelta(hours=72), (1, 1, 1)),
        ("MACHINE", QueueState.DONE, "plan_finished", None, (1, 1, 0)),
        ("BAD_NUMBER", QueueState.DONE, "bad_number", None, (1, 0, 0)),
        ("EXPIRED", QueueState.WAITING, "retry", timedelta(minutes=1), (0, 0, 0)),
    ],
)
def test_an_outcome_is_counted_and_plans_what_comes_next(
    campaign: Campaign,
    at: datetime,
    outcome: str,
    state: QueueState,
    reason: str,
    after: timedelta | None,
    counted: tuple[int, int, int],
) -> None:
    row = factories.CampaignLeadFactory.create(campaign=campaign, state=QueueState.RESERVED)

    queue.record_outcome(campaign_lead_id=row.id, outcome=outcome, is_abandoned=outcome == "ABANDONED", at=at)

    row.refresh_from_db()
    totals = CampaignTotals.objects.get(campaign=campaign)
    assert (row.state, row.reason, row.next_attempt_at) == (state, reason, at + after if after else None)
    assert (row.attempt_count, row.outcome_counts) == (counted[0], {outcome: 1})
    assert (totals.dialled, totals.answered, totals.abandoned) == counted


@pytest.mark.parametrize(
    ("outcome", "expected"),
    [
        ("NO_ANSWER", (QueueState.DONE, "SALE", 1)),
        ("EXPIRED", (QueueState.DONE, "SALE", 0)),
        ("CONNECTED", (QueueState.WAITING, "awaiting_disposition", 1)),
    ],
)
def test_a_done_lead_called_by_hand_stays_done_unless_a_talk_comes_of_it(
    campaign: Campaign, at: datetime, outcome: str, expected: tuple[QueueState, str, int]
) -> None:
    row = factories.CampaignLeadFactory.create(campaign=campaign, state=QueueState.DONE, reason="SALE")
    assert queue.claim_one(campaign_id=campaign.id, campaign_lead_id=row.id)
    assert queue.was_done(row.id)

    queue.record_outcome(campaign_lead_id=row.id, outcome=outcome, is_abandoned=False, at=at)

    row.refresh_from_db()
    assert (row.state, row.reason, row.attempt_count) == expected


def test_an_outcome_does_not_undo_what_the_agent_decided(campaign: Campaign, at: datetime) -> None:
    row = factories.CampaignLeadFactory.create(campaign=campaign, state=QueueState.RESERVED)
    queue.finish_lead(campaign_lead_id=row.id, reason="SALE")

    queue.record_outcome(campaign_lead_id=row.id, outcome="CONNECTED", is_abandoned=True, at=at)

    row.refresh_from_db()
    assert (row.state, row.reason, row.attempt_count) == (QueueState.DONE, "SALE", 1)


def test_a_promised_lead_is_left_to_its_agent(campaign: Campaign, at: datetime) -> None:
    row = factories.CampaignLeadFactory.create(campaign=campaign, state=QueueState.RESERVED)

    queue.hold_for_agent(campaign_lead_id=row.id)

    assert queue.promote_due(campaign_id=campaign.id, at=at + timedelta(days=99)) == 0
    assert queue.claim_one(campaign_id=campaign.id, campaign_lead_id=row.id)
