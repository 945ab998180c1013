"""A tick does what is due from rows alone; the reconciler sends again whatever message was lost."""

from datetime import datetime, timedelta

import pytest

from apps.agents.models import AgentSession, AgentState
from apps.calls.domain.fold import Verdict
from apps.calls.enums import AttemptState, Outcome
from apps.calls.models import Attempt
from apps.campaigns.models import Campaign, CampaignLead, CampaignList, DialMode, QueueState
from apps.dialer.models import Pulse
from apps.dialer.services import reconcile as reconciling
from apps.dialer.services.tick import dial_campaign, running_campaign_ids, tick_campaign
from apps.tenants.models import Tenant
from tests import factories
from tests.dialling import Jobs, open_campaign, reserve_one, seat_agent


@pytest.fixture
def campaign(tenant: Tenant, at: datetime, jobs: Jobs) -> Campaign:
    """A running campaign that lacks nothing, with a list of two leads."""
    campaign = open_campaign(at)
    factories.DispositionFactory.create(disposition_set=campaign.disposition_set)
    place = factories.PlaceFactory.create(jurisdictions=["US", "US-NY"])
    lead_list = factories.LeadListFactory.create()
    CampaignList.objects.create(campaign=campaign, lead_list=lead_list)
    for _ in range(2):
        factories.LeadFactory.create(lead_list=lead_list, place=place)
    return campaign


def tick(campaign: Campaign, at: datetime) -> str:
    tick_campaign(tenant_id=campaign.tenant_id, campaign_id=campaign.id, at=at)
    return str(Pulse.objects.get(campaign=campaign).reason)


def reconcile(tenant_id: int, at: datetime, jobs: Jobs) -> list[str]:
    """What the reconciler asks workers to do."""
    jobs.sent.clear()
    reconciling.reconcile(tenant_id=tenant_id, at=at)
    return [name for name, _ in jobs.sent if not name.startswith("agents.")]


def test_a_wake_up_dials_for_the_agent_and_leaves_the_rest_to_the_tick(campaign: Campaign, at: datetime) -> None:
    tick(campaign, at)
    due = CampaignLead.objects.order_by("id")[0]
    CampaignLead.objects.filter(id=due.id).update(state=QueueState.WAITING, next_attempt_at=at)
    agent = seat_agent(campaign, at)

    dial_campaign(tenant_id=campaign.tenant_id, campaign_id=campaign.id, at=at)

    agent.refresh_from_db()
    assert agent.state == AgentState.RESERVED
    assert Attempt.objects.get().campaign_lead_id != due.id
    assert CampaignLead.objects.get(id=due.id).state == QueueState.WAITING


def test_a_tick_ends_the_shift_of_a_former_member_though_the_message_of_it_was_lost(
    campaign: Campaign, at: datetime
) -> None:
    agent = seat_agent(campaign, at)
    factories.MembershipFactory.create(user=agent.user, is_active=False)

    tick(campaign, at)

    agent.refresh_from_db()
    assert (agent.state, agent.ended_at, Attempt.objects.count()) == (AgentState.OFFLINE, at, 0)


@pytest.mark.parametrize(
    ("mode", "ratio", "state", "dials"),
    [
        (DialMode.PROGRESSIVE, 1.5, AgentState.RESERVED, 1),
        (DialMode.RATIO, 2.0, AgentState.READY, 2),
        (DialMode.PREVIEW, 1.5, AgentState.PREVIEW, 0),
        (DialMode.MANUAL, 1.5, AgentState.READY, 0),
    ],
)
def test_a_tick_dials_as_its_mode_says(
    campaign: Campaign, at: datetime, mode: DialMode, ratio: float, state: AgentState, dials: int
) -> None:
    Campaign.objects.filter(id=campaign.id).update(dial_mode=mode, ratio=ratio)
    agent = seat_agent(campaign, at)

    tick(campaign, at)

    assert (Attempt.objects.count(), AgentSession.objects.get(id=agent.id).state) == (dials, state)


def test_a_second_tick_does_not_dial_for_calls_in_flight(campaign: Campaign, at: datetime) -> None:
    Campaign.objects.filter(id=campaign.id).update(dial_mode=DialMode.RATIO, ratio=2.0)
    seat_agent(campaign, at)

    tick(campaign, at)
    tick(campaign, at + timedelta(seconds=1))

    assert Attempt.objects.count() == 2


def test_a_tick_says_why_it_dials_nobody(campaign: Campaign, at: datetime) -> None:
    assert tick(campaign, at) == "No agent is signed in."

    agent = seat_agent(campaign, at)
    later = at + timedelta(hours=12)
    AgentSession.objects.filter(id=agent.id).update(seen_at=later)
    assert tick(campaign, later) == "No lead may be called at this hour."

    CampaignList.objects.all().delete()
    assert tick(campaign, at) == "It has no list: choose at least one."


def test_reserved_attempts_are_sent_to_workers_again(campaign: Campaign, at: datetime, jobs: Jobs) -> None:
    attempt = reserve_one(campaign, at)
    jobs.sent.clear()

    tick(campaign, at)

    assert jobs.named("calls.place_attempt") == [{"tenant_id": campaign.tenant_id, "attempt_id": str(attempt.id)}]


def test_the_schedule_starts_and_ends_a_campaign(campaign: Campaign, at: datetime) -> None:
    Campaign.objects.filter(id=campaign.id).update(
        state=Campaign.State.SCHEDULED, starts_at=at, ends_at=at + timedelta(hours=1)
    )

    def state_after(instant: datetime) -> str:
        tick_campaign(tenant_id=campaign.tenant_id, campaign_id=campaign.id, at=instant)
        return str(Campaign.objects.get(id=campaign.id).state)

    seconds = (-1, 0, 3599, 3600)
    assert [state_after(at + timedelta(seconds=n)) for n in seconds] == ["SCHEDULED", "RUNNING", "RUNNING", "COMPLETED"]


def test_campaigns_that_need_ticks(campaign: Campaign, at: datetime) -> None:
    ended = factories.CampaignFactory.create(state=Campaign.State.COMPLETED)
    staffed = factories.CampaignFactory.create(state=Campaign.State.COMPLETED)
    seat_agent(staffed, at)
    paused = factories.CampaignFactory.create(state=Campaign.State.PAUSED)

    assert running_campaign_ids(tenant_id=campaign.tenant_id) == [campaign.id, staffed.id, paused.id]
    assert ended.id not in running_campaign_ids(tenant_id=campaign.tenant_id)


# --- the reconciler


@pytest.mark.parametrize(
    ("values", "names"),
    [
        ({"state": AttemptState.RESERVED}, []),
        ({"state": AttemptState.UNKNOWN}, ["calls.reconcile_unknown"]),
        ({"state": AttemptState.RINGING, "trusted": 0}, ["calls.refresh_silent"]),
        ({"state": AttemptState.RINGING, "trusted": 1}, []),
        ({"state": AttemptState.PLACED, "placed": -44}, []),
        ({"state": AttemptState.PLACED, "placed": -45}, ["calls.end_call"]),
        ({"state": AttemptState.CONNECTED, "answered_by": Verdict.HUMAN}, []),
        ({"state": AttemptState.CONNECTED, "answered_by": Verdict.MACHINE}, ["calls.end_call"]),
        ({"state": AttemptState.CONNECTED, "disposed": 0}, ["calls.end_call"]),
    ],
    ids=str,
)
def test_every_message_that_an_attempt_needs_is_sent_again(
    campaign: Campaign, at: datetime, jobs: Jobs, values: dict[str, int], names: list[str]
) -> None:
    attempt = reserve_one(campaign, at)
    for given, name in (("trusted", "trusted_until"), ("placed", "placed_at"), ("disposed", "disposed_at")):
        if given in values:
            values = {**values, name: at + timedelta(seconds=values[given])}  # type: ignore[dict-item]
            del values[given]
    Attempt.objects.filter(id=attempt.id).update(**values)

    assert reconcile(campaign.tenant_id, at, jobs) == names


def test_a_reserved_attempt_of_a_stopped_campaign_is_sent_to_its_end(
    campaign: Campaign, at: datetime, jobs: Jobs
) -> None:
    attempt = reserve_one(campaign, at)
    Campaign.objects.filter(id=campaign.id).update(state=Campaign.State.COMPLETED)

    assert reconcile(campaign.tenant_id, attempt.decision.expires_at, jobs) == ["calls.place_attempt"]


def test_a_lost_worker_is_noticed_and_asked_about(campaign: Campaign, at: datetime, jobs: Jobs) -> None:
    attempt = reserve_one(campaign, at)
    Attempt.objects.filter(id=attempt.id).update(state=AttemptState.PLACING, placing_at=at, trusted_until=at)

    assert reconcile(campaign.tenant_id, at, jobs) == ["calls.reconcile_unknown"]


def test_an_ended_call_that_nobody_settled_is_settled_once(campaign: Campaign, at: datetime, jobs: Jobs) -> None:
    attempt = reserve_one(campaign, at)
    agent = seat_agent(campaign, at, state=AgentState.RESERVED, attempt=attempt)
    Attempt.objects.filter(id=attempt.id).update(state=AttemptState.ENDED, end_status=4, ended_at=at)

    for _ in range(2):
        reconcile(campaign.tenant_id, at, jobs)

    attempt.refresh_from_db()
    row = CampaignLead.objects.get(id=attempt.campaign_lead_id)
    assert (attempt.outcome, row.attempt_count, row.state) == (Outcome.BUSY, 1, QueueState.WAITING)
    assert AgentSession.objects.get(id=agent.id).state == AgentState.READY


def test_an_agent_whose_call_was_refused_is_freed(campaign: Campaign, at: datetime, jobs: Jobs) -> None:
    attempt = reserve_one(campaign, at)
    agent = seat_agent(campaign, at, state=AgentState.RESERVED, attempt=attempt)
    Attempt.objects.filter(id=attempt.id).update(
        state=AttemptState.ENDED, outcome=Outcome.REFUSED, ended_at=at, settled_at=at
    )

    reconcile(campaign.tenant_id, at, jobs)

    assert AgentSession.objects.get(id=agent.id).state == AgentState.READY


def test_legs_that_are_missing_or_left_over_are_seen_to(campaign: Campaign, at: datetime, jobs: Jobs) -> None:
    seat_agent(campaign, at, leg_seen_at=at - timedelta(seconds=59))
    doubtful = seat_agent(campaign, at, leg_seen_at=at - timedelta(seconds=60))
    waiting = seat_agent(campaign, at, state=AgentState.BREAK, is_leg_connected=False, leg_sid="")
    seat_agent(campaign, at - timedelta(minutes=5), state=AgentState.BREAK, is_leg_connected=False)
    closed = seat_agent(campaign, at, state=AgentState.OFFLINE, ended_at=at)
    seat_agent(campaign, at, state=AgentState.OFFLINE, ended_at=at, leg_sid="")

    reconcile(campaign.tenant_id, at, jobs)

    asked = {name: [one["session_id"] for one in jobs.named(name)] for name in ("agents.connect_leg", "agents.end_leg")}
    assert asked == {"agents.connect_leg": [doubtful.id, waiting.id], "agents.end_leg": [closed.id]}
