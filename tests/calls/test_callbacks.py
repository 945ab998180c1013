"""Promised calls: only at times at which the call would be lawful, given to others and cancelled with an audit entry."""

from datetime import datetime, timedelta

import pytest

from apps.accounts.models import User
from apps.audit.models import AuditEntry
from apps.calls.models import Callback
from apps.calls.services.callbacks import (
    AHEAD,
    REST,
    CallbackClosedError,
    CallbackNotLawfulError,
    Promised,
    cancel_callback,
    hand_over_missed,
    next_lawful,
    open_calendar,
    reassign_callback,
    require_lawful,
)
from apps.campaigns.models import Campaign, CampaignLead, DialMode, QueueState
from apps.campaigns.services import queue
from apps.compliance.models import Evidence
from apps.compliance.services.suppression import add_dnc_entry
from apps.core.errors import InvalidError
from apps.tenants.models import Tenant
from tests import factories
from tests.dialling import add_lead, open_campaign


@pytest.fixture
def row(tenant: Tenant, at: datetime) -> CampaignLead:
    """Somebody in New York, in a campaign that calls from 9 to 20 there. It is 13:00."""
    campaign = open_campaign(at, mode=DialMode.RATIO)
    return add_lead(campaign)


@pytest.fixture
def manager(tenant: Tenant) -> User:
    return factories.UserFactory.create(name="Maria Lopez")


def refusal(row: CampaignLead, due_at: datetime, at: datetime, *, is_personal: bool = True) -> CallbackNotLawfulError:
    with pytest.raises(CallbackNotLawfulError) as caught:
        require_lawful(promised=Promised(row.campaign, row.lead, is_personal), due_at=due_at, at=at)
    return caught.value


def test_a_lawful_time_is_let_through(row: CampaignLead, at: datetime) -> None:
    require_lawful(promised=Promised(row.campaign, row.lead, True), due_at=at + timedelta(hours=2), at=at)


def test_an_unlawful_time_is_refused_with_the_next_lawful_one(row: CampaignLead, at: datetime) -> None:
    error = refusal(row, at + timedelta(hours=8), at)
    assert (error.field, error.next_at) == ("callback", at + timedelta(hours=20))
    assert error.message == (
        "Tue 16 Jun 21:00 New York: outside calling hours where the person is."
        " The next time is Wed 17 Jun 09:00 New York."
    )


def test_whom_nobody_may_call_is_promised_nothing(row: CampaignLead, at: datetime) -> None:
    add_dnc_entry(phone=row.lead.phone, campaign_id=None, source=Evidence.AGENT, created_by="test", at=at)
    error = refusal(row, at + timedelta(hours=2), at)
    assert (error.next_at, "asked you not to call again" in error.message) == (None, True)
    calendar = open_calendar(promised=Promised(row.campaign, row.lead, True), at=at, until=at + timedelta(days=2))
    assert (calendar.openings, calendar.reasons) == ((), ("dnc_entity",))


def test_nothing_is_promised_for_after_the_campaign_or_the_far_future(row: CampaignLead, at: datetime) -> None:
    Campaign.objects.update(ends_at=at + timedelta(days=1))
    row.campaign.refresh_from_db()
    assert "the campaign is over by then" in refusal(row, at + timedelta(days=2), at).message
    assert refusal(row, at + AHEAD + timedelta(days=1), at).message == "Choose a time within 60 days."


def test_a_call_for_the_pool_is_judged_by_the_campaigns_way_of_dialling(row: CampaignLead, at: datetime) -> None:
    row.lead.line_type = "mobile"
    due_at = at + timedelta(hours=2)
    require_lawful(promised=Promised(row.campaign, row.lead, True), due_at=due_at, at=at)
    assert "consent" in refusal(row, due_at, at, is_personal=False).message


def test_the_talk_in_which_it_is_promised_counts_against_the_caps(row: CampaignLead, at: datetime) -> None:
    Campaign.objects.update(purpose="DEBT")
    row.campaign.refresh_from_db()
    promised = Promised(row.campaign, row.lead, is_personal=True, talk_at=at - timedelta(minutes=5))
    # 12 CFR 1006.14(b)(2): seven days after a talk; the hours close it until the next morning.
    found = next_lawful(promised=promised, at=at, after=at + timedelta(hours=1))
    assert found == at - timedelta(minutes=5) + timedelta(days=7)


def promise(row: CampaignLead, at: datetime, agent: User | None) -> Callback:
    queue.hold_for_agent(campaign_lead_id=row.id)
    return Callback.objects.create(campaign_lead=row, agent=agent, due_at=at, zone="America/New_York")


def test_a_promise_is_given_to_the_pool_and_back(row: CampaignLead, manager: User, at: datetime) -> None:
    agent = factories.UserFactory.create()
    callback = promise(row, at + timedelta(hours=2), agent)

    reassign_callback(callback_id=callback.id, agent=None, changed_by=manager, at=at)
    row.refresh_from_db()
    assert (row.state, row.reason, row.next_attempt_at) == (QueueState.WAITING, "callback", callback.due_at)

    reassign_callback(callback_id=callback.id, agent=agent, changed_by=manager, at=at)
    row.refresh_from_db()
    assert (row.reason, row.next_attempt_at) == ("callback_personal", None)
    entries = AuditEntry.objects.filter(action="callback.reassigned").order_by("id")
    assert [(entry.actor_id, entry.data) for entry in entries] == [
        (manager.id, {"from": agent.id, "to": None}),
        (manager.id, {"from": None, "to": agent.id}),
    ]


def test_an_overdue_promise_that_is_given_to_an_agent_is_theirs_for_a_while(
    row: CampaignLead, manager: User, at: datetime
) -> None:
    callback = promise(row, at - timedelta(hours=5), None)

    reassign_callback(callback_id=callback.id, agent=manager, changed_by=manager, at=at)

    handed = [
        hand_over_missed(campaign_id=row.campaign_id, at=at + wait)
        for wait in (timedelta(minutes=29), timedelta(minutes=30))
    ]
    callback.refresh_from_db()
    assert (handed, callback.agent_id) == ([0, 1], None)


@pytest.mark.parametrize("outcome", ["NO_ANSWER", "CONNECTED"])
def test_a_promise_that_was_dialled_is_not_missed(row: CampaignLead, manager: User, at: datetime, outcome: str) -> None:
    callback = promise(row, at, manager)
    queue.claim_one(campaign_id=row.campaign_id, campaign_lead_id=row.id)
    queue.record_outcome(campaign_lead_id=row.id, outcome=outcome, is_abandoned=False, at=at + timedelta(hours=1))
    planned = CampaignLead.objects.get(id=row.id)

    assert hand_over_missed(campaign_id=row.campaign_id, at=at + timedelta(hours=2)) == 0

    row.refresh_from_db()
    callback.refresh_from_db()
    assert (row.reason, row.next_attempt_at) == (planned.reason, planned.next_attempt_at)
    assert callback.agent_id == manager.id


def test_a_cancelled_promise_leaves_an_ordinary_lead(row: CampaignLead, manager: User, at: datetime) -> None:
    callback = promise(row, at + timedelta(hours=2), manager)
    with pytest.raises(InvalidError):
        cancel_callback(callback_id=callback.id, reason=" ", canceled_by=manager, at=at)

    cancel_callback(callback_id=callback.id, reason="Asked for twice", canceled_by=manager, at=at)

    row.refresh_from_db()
    callback.refresh_from_db()
    assert (callback.state, row.state, row.reason) == ("CANCELED", QueueState.WAITING, "callback_canceled")
    assert (row.next_attempt_at, row.priority) == (at + REST, 50)
    assert AuditEntry.objects.get(action="callback.canceled").target == f"callback:{callback.id}"


@pytest.mark.parametrize("closed", ["DONE", "CANCELED", "called"])
def test_what_is_kept_or_being_kept_stays(row: CampaignLead, manager: User, at: datetime, closed: str) -> None:
    callback = promise(row, at, None)
    if closed == "called":
        CampaignLead.objects.filter(id=row.id).update(state=QueueState.RESERVED)
    else:
        Callback.objects.update(state=closed)
    with pytest.raises(CallbackClosedError):
        reassign_callback(callback_id=callback.id, agent=manager, changed_by=manager, at=at)
    with pytest.raises(CallbackClosedError):
        cancel_callback(callback_id=callback.id, reason="x", canceled_by=manager, at=at)
    assert not AuditEntry.objects.filter(action__startswith="callback.").exists()
