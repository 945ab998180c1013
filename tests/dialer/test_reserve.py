"""Reserving: who is next, the gate's answer kept with each, and nobody bound or called twice."""

from datetime import datetime, timedelta

import pytest

from apps.agents.models import AgentSession, AgentState
from apps.calls.enums import AttemptState
from apps.calls.models import Attempt
from apps.campaigns.models import Campaign, CampaignLead, DialMode, QueueState
from apps.campaigns.services import queue
from apps.compliance.models import Decision, DncRegister, Evidence
from apps.compliance.services.suppression import add_dnc_entry
from apps.core.errors import AppError, ConflictError
from apps.dialer.services import reserve
from apps.tenants.models import Tenant
from tests import factories
from tests.dialling import Jobs, add_lead, open_campaign, seat_agent


@pytest.fixture
def campaign(tenant: Tenant, at: datetime, jobs: Jobs) -> Campaign:
    return open_campaign(at)


def places(campaign: Campaign, at: datetime) -> list[int]:
    return reserve.open_place_ids(campaign, at=at)


def dial_ahead(campaign: Campaign, at: datetime, n: int = 5) -> int:
    return reserve.dial_ahead(campaign, n=n, place_ids=places(campaign, at), at=at)


def test_an_attempt_is_written_with_its_decision_and_a_worker_woken(
    campaign: Campaign, at: datetime, jobs: Jobs
) -> None:
    row = add_lead(campaign)

    assert dial_ahead(campaign, at) == 1

    attempt = Attempt.objects.select_related("decision").get()
    assert (attempt.campaign_lead_id, attempt.state, attempt.phone) == (row.id, AttemptState.RESERVED, row.lead.phone)
    assert (attempt.decision.is_allowed, attempt.decision.phone) == (True, row.lead.phone)
    assert jobs.named("calls.place_attempt") == [{"tenant_id": campaign.tenant_id, "attempt_id": str(attempt.id)}]
    row.refresh_from_db()
    assert row.state == QueueState.RESERVED


def test_a_lead_that_may_not_be_called_is_parked_with_the_gates_reason(campaign: Campaign, at: datetime) -> None:
    row, allowed = add_lead(campaign), add_lead(campaign)
    add_dnc_entry(phone=row.lead.phone, campaign_id=None, source=Evidence.MANAGER, created_by="test", at=at)

    assert dial_ahead(campaign, at) == 1

    row.refresh_from_db()
    assert (row.state, row.reason) == (QueueState.WAITING, "dnc_entity")
    assert Attempt.objects.get().campaign_lead_id == allowed.id
    assert Decision.objects.filter(phone=row.lead.phone, is_allowed=False).count() == 1


def test_no_attempt_without_registers(campaign: Campaign, at: datetime) -> None:
    add_lead(campaign)
    DncRegister.objects.all().delete()

    assert dial_ahead(campaign, at) == 0
    assert (Attempt.objects.count(), Decision.objects.get().is_allowed) == (0, False)


def test_a_number_on_a_call_is_left_for_later(campaign: Campaign, at: datetime) -> None:
    first = add_lead(campaign)
    assert dial_ahead(campaign, at) == 1
    other = factories.CampaignFactory.create(caller_id=campaign.caller_id)
    second = add_lead(other, phone=first.lead.phone)

    assert dial_ahead(other, at) == 0

    second.refresh_from_db()
    assert (second.state, second.reason, second.next_attempt_at) == (
        QueueState.WAITING,
        "live_elsewhere",
        at + reserve.LIVE_ELSEWHERE,
    )


def test_outside_the_hours_no_place_is_open(campaign: Campaign, at: datetime) -> None:
    row = add_lead(campaign)

    assert places(campaign, at) == [row.place_id]
    assert places(campaign, at + timedelta(hours=10)) == []
    assert dial_ahead(campaign, at + timedelta(hours=10)) == 0


def test_a_decision_that_has_run_out_is_no_ground_for_an_attempt(campaign: Campaign, at: datetime) -> None:
    """Nine seconds before 20:00 in New York the window is open, but no phone could ring in time."""
    row = add_lead(campaign)
    late = datetime.fromisoformat("2026-06-16T23:59:51+00:00")

    assert dial_ahead(campaign, late) == 0
    row.refresh_from_db()
    assert (row.state, row.reason, Attempt.objects.count()) == (QueueState.WAITING, "calling_time", 0)


def test_a_long_closed_list_does_not_hold_the_queue(
    campaign: Campaign, at: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reserve, "MOST_LOOKED_AT", 4)
    DncRegister.objects.all().delete()
    for _ in range(7):
        add_lead(campaign)

    assert dial_ahead(campaign, at, n=2) == 0
    assert CampaignLead.objects.filter(state=QueueState.READY).count() == 3


# --- for agents


def test_each_ready_agent_gets_one_call(campaign: Campaign, at: datetime) -> None:
    agents = [seat_agent(campaign, at) for _ in range(2)]
    for _ in range(3):
        add_lead(campaign)

    started = reserve.dial_for_agents(
        campaign, agents, place_ids=places(campaign, at), mode=DialMode.PROGRESSIVE, at=at
    )

    bound = dict(AgentSession.objects.values_list("user_id", "attempt_id"))
    assert started == 2
    assert bound == {one.agent_id: one.id for one in Attempt.objects.all()}
    assert set(AgentSession.objects.values_list("state", flat=True)) == {AgentState.RESERVED}
    assert CampaignLead.objects.filter(state=QueueState.READY).count() == 1


def test_an_agent_who_left_meanwhile_costs_the_lead_nothing(campaign: Campaign, at: datetime) -> None:
    agent = seat_agent(campaign, at)
    row = add_lead(campaign)
    AgentSession.objects.filter(id=agent.id).update(state=AgentState.BREAK)

    started = reserve.dial_for_agents(
        campaign, [agent], place_ids=places(campaign, at), mode=DialMode.PROGRESSIVE, at=at
    )

    row.refresh_from_db()
    assert (started, Attempt.objects.count(), row.state, row.next_attempt_at) == (0, 0, QueueState.WAITING, at)


def test_previews_are_offered_and_not_dialled(campaign: Campaign, at: datetime) -> None:
    free, gone = seat_agent(campaign, at), seat_agent(campaign, at)
    rows = [add_lead(campaign) for _ in range(2)]
    AgentSession.objects.filter(id=gone.id).update(state=AgentState.BREAK)

    offered = reserve.offer_previews(campaign, [free, gone], place_ids=places(campaign, at), at=at)

    states = [CampaignLead.objects.get(id=row.id).state for row in rows]
    assert (offered, Attempt.objects.count()) == (1, 0)
    assert states == [QueueState.RESERVED, QueueState.WAITING]
    assert AgentSession.objects.get(id=free.id).preview_lead_id == rows[0].id


def test_an_agent_dials_the_previewed_lead(campaign: Campaign, at: datetime, jobs: Jobs) -> None:
    row = add_lead(campaign)
    CampaignLead.objects.filter(id=row.id).update(state=QueueState.RESERVED)
    session = seat_agent(campaign, at, state=AgentState.PREVIEW, preview_lead=row)
    jobs.sent.clear()

    attempt = reserve.dial_lead(session=session, campaign_lead_id=row.id, at=at)

    assert (attempt.mode, attempt.agent_id) == (DialMode.PREVIEW, session.user_id)
    assert AgentSession.objects.get(id=session.id).state == AgentState.RESERVED
    assert len(jobs.named("calls.place_attempt")) == 1


def test_an_agent_dials_a_lead_by_hand_from_a_break(campaign: Campaign, at: datetime) -> None:
    session = seat_agent(campaign, at, state=AgentState.BREAK)

    attempt = reserve.dial_lead(session=session, campaign_lead_id=add_lead(campaign).id, at=at)

    assert (attempt.mode, AgentSession.objects.get(id=session.id).attempt_id) == (DialMode.MANUAL, attempt.id)


def test_a_call_by_hand_goes_through_the_same_gate(campaign: Campaign, at: datetime) -> None:
    row = add_lead(campaign)
    add_dnc_entry(phone=row.lead.phone, campaign_id=campaign.id, source=Evidence.MANAGER, created_by="test", at=at)
    session = seat_agent(campaign, at, state=AgentState.BREAK)

    with pytest.raises(reserve.CallRefusedError) as caught:
        reserve.dial_lead(session=session, campaign_lead_id=row.id, at=at)

    row.refresh_from_db()
    assert (caught.value.decision.reasons, row.state, Attempt.objects.count()) == (["dnc_entity"], QueueState.READY, 0)


@pytest.mark.parametrize("is_refused", [True, False])
@pytest.mark.parametrize(("state", "reason"), [(QueueState.WAITING, "callback_personal"), (QueueState.DONE, "SALE")])
def test_a_lead_that_could_not_be_called_by_hand_stands_where_it_stood(
    campaign: Campaign, at: datetime, state: QueueState, reason: str, is_refused: bool
) -> None:
    row = add_lead(campaign)
    CampaignLead.objects.filter(id=row.id).update(state=state, reason=reason)
    midnight = at.replace(hour=4)
    session = seat_agent(campaign, at, state=AgentState.BREAK if is_refused else AgentState.WRAP_UP)

    with pytest.raises(AppError):
        reserve.dial_lead(session=session, campaign_lead_id=row.id, at=midnight if is_refused else at)

    assert queue.promote_due(campaign_id=campaign.id, at=at + timedelta(days=2)) == 0
    row.refresh_from_db()
    assert (row.state, row.reason, row.next_attempt_at) == (state, reason, None)


@pytest.mark.parametrize("is_live", [True, False])
def test_a_lead_or_number_that_is_being_called_is_busy(campaign: Campaign, at: datetime, is_live: bool) -> None:
    row = add_lead(campaign)
    assert dial_ahead(campaign, at) == 1
    target = row
    if is_live:
        other = factories.CampaignFactory.create(caller_id=campaign.caller_id)
        target = add_lead(other, phone=row.lead.phone)
    session = seat_agent(target.campaign, at, state=AgentState.BREAK)

    with pytest.raises(reserve.LeadBusyError):
        reserve.dial_lead(session=session, campaign_lead_id=target.id, at=at)
    assert Attempt.objects.count() == 1


def test_a_busy_agent_dials_nobody_and_the_lead_goes_back(campaign: Campaign, at: datetime) -> None:
    session = seat_agent(campaign, at, state=AgentState.WRAP_UP)
    row = add_lead(campaign)

    with pytest.raises(ConflictError, match="Go ready"):
        reserve.dial_lead(session=session, campaign_lead_id=row.id, at=at)

    row.refresh_from_db()
    assert (Attempt.objects.count(), row.state) == (0, QueueState.READY)


def test_nobody_dials_in_a_campaign_that_is_not_running(campaign: Campaign, at: datetime) -> None:
    session = seat_agent(campaign, at)
    row = add_lead(campaign)
    Campaign.objects.filter(id=campaign.id).update(state=Campaign.State.PAUSED)

    with pytest.raises(ConflictError, match="not running"):
        reserve.dial_lead(session=session, campaign_lead_id=row.id, at=at)
