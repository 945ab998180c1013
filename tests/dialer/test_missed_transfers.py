"""A person who was put through to nobody, and whose agent is gone: offered a call-back, as when a line is lost."""

from datetime import datetime, timedelta

import pytest

from apps.accounts.models import Role
from apps.agents.models import AgentSession, AgentState
from apps.audit.models import AuditEntry
from apps.calls.enums import KeypadChoice, TransferState
from apps.calls.models import Attempt, Callback, Transfer
from apps.calls.services.disposing import dispose_attempt
from apps.campaigns.models import Campaign, QueueState
from apps.compliance.models import DncEntry, Evidence
from apps.compliance.services.suppression import add_dnc_entry
from apps.softphone.selectors import desk_state
from apps.telephony.models import TransferTarget
from tests import factories
from tests.dialer.callbacks import answered, attempt, campaign, deliver, post, reread, standing_clock
from tests.dialling import seat_agent
from tests.pages import member_client

__all__ = ["attempt", "campaign", "standing_clock"]

pytestmark = pytest.mark.usefixtures("standing_clock", "transfer")
ROOM = "CF" + "1" * 32


@pytest.fixture
def session(attempt: Attempt, at: datetime) -> AgentSession:
    """The agent, who has written something and wraps up; their line has gone."""
    for code, flag in (("CALLBK", "is_callback"), ("DNC", "is_dnc"), ("SALE", "is_success")):
        factories.DispositionFactory.create(
            disposition_set=attempt.campaign.disposition_set, code=code, label=code, **{flag: True}
        )
    session = seat_agent(attempt.campaign, at)
    answered(post(attempt, "answer", {"CallStatus": "in-progress"}))
    deliver(attempt, [("join", {"Timestamp": "Tue, 16 Jun 2026 17:00:01 +0000", "ConferenceSid": ROOM})])
    wrapping_up = {"state": AgentState.WRAP_UP, "is_leg_connected": False, "leg_sid": ""}
    AgentSession.objects.filter(id=session.id).update(draft={"note": "Wants two windows"}, **wrapping_up)
    session.refresh_from_db()
    return session


@pytest.fixture
def transfer(attempt: Attempt, session: AgentSession, at: datetime) -> Transfer:
    """The person was put through to somebody who did not answer."""
    Attempt.objects.filter(id=attempt.id).update(left_at=at)
    found: Transfer = Transfer.objects.create(
        attempt=attempt,
        target=TransferTarget.objects.create(name="Claims desk", phone="+12025550143"),
        agent=session.user,
        name="Claims desk",
        phone="+12025550143",
        way=Transfer.Way.BLIND,
        state=TransferState.ENDED,
        result=Transfer.Result.NO_ANSWER,
        asked_at=at,
        handed_over_at=at,
        ended_at=at,
    )
    return found


def offer(attempt: Attempt) -> str:
    """The carrier asks what the person hears whom nobody took over."""
    return answered(post(attempt, "returned", {"CallStatus": "in-progress"}))


def press(attempt: Attempt, digits: str) -> str:
    return answered(post(attempt, "choice", {"Digits": digits}))


def told(attempt: Attempt) -> str:
    """What a manager reads of it in the campaign's attempts."""
    page = member_client(attempt.tenant, Role.MANAGER).get(f"/t/acme/campaigns/{attempt.campaign_id}/attempts/")
    return page.content.decode()


def test_who_was_put_through_to_nobody_is_offered_a_call_back_once(attempt: Attempt, transfer: Transfer) -> None:
    first, second = offer(attempt), offer(attempt)

    assert first == second
    assert "the colleague we wanted to connect you with could not be reached" in first
    assert "Press one if we may call you back. Press nine" in first
    assert f"/hooks/{attempt.tenant_id}/voice/choice?a={attempt.id}" in first
    transfer.refresh_from_db()
    assert (transfer.offered_at is not None, transfer.choice) == (True, "")
    (entry,) = AuditEntry.objects.filter(action="attempt.transfer_missed")
    assert (entry.target, entry.data["transfer"]) == (f"attempt:{attempt.id}", str(transfer.id))
    assert "The person was offered a call-back by keypad." in told(attempt)


def test_one_promises_a_call_back_of_the_pool_and_keeps_what_was_written(
    attempt: Attempt, session: AgentSession, transfer: Transfer, at: datetime
) -> None:
    offer(attempt)
    assert "offered a call-back" in desk_state(session.user, at=at)["handing_on"]["transfer"]["offer"]
    first, second = press(attempt, "1"), press(attempt, "1")

    assert "We will call you back as soon as one of us is free." in first
    assert first == second
    (callback,) = Callback.objects.all()
    assert (callback.state, callback.agent_id, callback.zone) == (Callback.State.DUE, None, "America/New_York")
    assert callback.note.startswith("Was to be transferred to Claims desk")
    assert timedelta() < callback.due_at - at < timedelta(minutes=10)
    attempt = reread(attempt)
    assert attempt.disposition is not None
    assert (attempt.disposition.code, attempt.note) == ("CALLBK", "Wants two windows")
    transfer.refresh_from_db()
    assert (transfer.choice, transfer.callback_at) == (KeypadChoice.CALLBACK, callback.due_at)
    assert "The person asked by keypad to be called back: promised for" in told(attempt)


def test_an_agent_whose_wrap_up_is_taken_has_a_break(attempt: Attempt, session: AgentSession) -> None:
    offer(attempt)
    press(attempt, "1")

    session.refresh_from_db()
    assert (session.state, session.break_reason, session.attempt_id) == (AgentState.BREAK, "LINE_LOST", None)


def test_an_outcome_of_the_agent_stays_beside_the_call_back(
    attempt: Attempt, session: AgentSession, at: datetime
) -> None:
    dispose_attempt(attempt_id=attempt.id, code="SALE", user=session.user, at=at)
    offer(attempt)
    press(attempt, "1")

    attempt = reread(attempt)
    callback, queued = Callback.objects.get(), attempt.campaign_lead
    assert attempt.disposition is not None
    assert (attempt.disposition.code, callback.state) == ("SALE", Callback.State.DUE)
    assert (queued.state, queued.reason, queued.next_attempt_at) == (QueueState.WAITING, "callback", callback.due_at)


def test_an_open_call_back_stays_and_its_own_time_is_said(attempt: Attempt, at: datetime) -> None:
    Attempt.objects.filter(id=attempt.id).update(disposed_at=at)
    due_at = at + timedelta(days=1)
    Callback.objects.create(campaign_lead_id=attempt.campaign_lead_id, due_at=due_at, zone="America/New_York")
    offer(attempt)

    assert "We will call you back on Wednesday at 1:00 PM." in press(attempt, "1")
    assert list(Callback.objects.values_list("due_at", flat=True)) == [due_at]


def test_a_call_back_at_night_is_promised_for_the_morning(attempt: Attempt, at: datetime) -> None:
    Campaign.objects.filter(id=attempt.campaign_id).update(call_until=at.replace(hour=13, minute=4).time())
    offer(attempt)
    press(attempt, "1")

    assert Callback.objects.get().due_at.date() == at.date() + timedelta(days=1)


def test_a_call_back_that_the_law_never_allows_is_not_promised(attempt: Attempt, at: datetime) -> None:
    offer(attempt)
    add_dnc_entry(phone=attempt.phone, campaign_id=None, source=Evidence.MANAGER, created_by="test", at=at)

    assert "We are not permitted to call you back." in press(attempt, "1")
    assert Callback.objects.count() == 0
    assert "to be called back, which is not permitted." in told(attempt)


def test_nine_means_never_again(attempt: Attempt) -> None:
    offer(attempt)
    for _ in range(2):
        assert "You will not be called again." in press(attempt, "9")

    assert list(DncEntry.objects.values_list("phone", "source")) == [(attempt.phone, Evidence.CALLEE)]
    attempt = reread(attempt)
    assert attempt.disposition is not None
    assert (attempt.disposition.code, attempt.campaign_lead.state) == ("DNC", QueueState.DONE)
    assert "The person asked by keypad never to be called again." in told(attempt)


def test_nothing_is_offered_while_the_agent_is_there(attempt: Attempt, session: AgentSession) -> None:
    AgentSession.objects.filter(id=session.id).update(is_leg_connected=True, leg_sid="CA" + "a" * 32)

    assert f"-agent-{session.id}</Conference>" in offer(attempt)
    for digits in ("1", "9"):
        assert "<Hangup />" in press(attempt, digits)
    assert (Callback.objects.count(), DncEntry.objects.count(), reread(attempt).disposition) == (0, 0, None)
    assert "The person was brought back." in told(attempt)
