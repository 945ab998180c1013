"""A person whose agent's line stays lost chooses by keypad: a call-back, or none ever again."""

import re
from datetime import datetime, timedelta

from apps.agents.models import AgentSession, AgentState, LostLine
from apps.agents.services import lost_lines
from apps.agents.services.lost_lines import HOLD_SECONDS
from apps.audit.models import AuditEntry
from apps.calls.enums import Outcome
from apps.calls.models import Attempt, Callback
from apps.campaigns.models import Campaign, QueueState
from apps.compliance.models import DncEntry, Evidence
from apps.compliance.services.suppression import add_dnc_entry
from apps.core import clock
from apps.leads.models import Lead
from apps.softphone.selectors import desk_state
from apps.telephony.domain.languages import Language
from apps.telephony.twiml.speech import SPEECHES
from tests.dialer.callbacks import answered, attempt, campaign, deliver, post, reread, standing_clock, status
from tests.dialer.losing import AGENT_SID, NEXT_SID, ROOM, later, leg, lose, offer, session, standing, wait
from tests.dialling import Jobs, seat_agent

__all__ = ["attempt", "campaign", "session", "standing_clock"]


@standing
def test_who_waits_in_vain_is_offered_a_call_back_and_the_agent_gets_a_break(
    attempt: Attempt, session: AgentSession, at: datetime
) -> None:
    said = offer(attempt, session, at)

    assert "Press one if we may call you back. Press nine" in said
    (entry,) = AuditEntry.objects.filter(action="attempt.line_lost")
    assert (entry.target, entry.data["agent"]) == (f"attempt:{attempt.id}", session.user_id)
    assert f"/hooks/{attempt.tenant_id}/voice/choice?a={attempt.id}" in said
    leg(session, later(at, 30), is_there=True, sid=NEXT_SID)
    assert wait(attempt) == said

    assert "is being offered a call-back" in desk_state(session.user, at=at)["lost_line"]
    status(attempt, "completed", 3)
    session.refresh_from_db()
    assert (session.state, session.next_state, session.break_reason) == (
        AgentState.WRAP_UP,
        AgentState.BREAK,
        "LINE_LOST",
    )
    attempt = reread(attempt)
    assert (attempt.outcome, attempt.is_abandoned, attempt.disposition) == (Outcome.CONNECTED, False, None)
    lost_lines.follow_lines(at=later(at, 40))
    assert LostLine.objects.get().ended_at == later(at, 40)


@standing
def test_one_promises_a_call_back_at_once_and_keeps_what_was_written(
    attempt: Attempt, session: AgentSession, at: datetime
) -> None:
    offer(attempt, session, at)
    first, second = (answered(post(attempt, "choice", {"Digits": "1"})) for _ in range(2))

    assert "We will call you back as soon as one of us is free." in first
    assert first == second
    (callback,) = Callback.objects.all()
    assert (callback.state, callback.agent_id, callback.zone) == (Callback.State.DUE, None, "America/New_York")
    attempt = reread(attempt)
    assert attempt.disposition is not None
    assert (attempt.disposition.code, attempt.note) == ("CALLBK", "Wants two windows")
    assert timedelta() < callback.due_at - at < timedelta(minutes=10)
    status(attempt, "completed", 3)
    attempt = reread(attempt)
    queued = attempt.campaign_lead
    assert (queued.state, queued.reason, queued.next_attempt_at) == (QueueState.WAITING, "callback", callback.due_at)
    session.refresh_from_db()
    assert (session.state, session.break_reason, session.attempt_id) == (AgentState.BREAK, "LINE_LOST", None)


@standing
def test_all_of_it_is_in_the_persons_language(
    attempt: Attempt, session: AgentSession, at: datetime, jobs: Jobs
) -> None:
    Lead.objects.filter(id=attempt.lead_id).update(language="ru")
    speech = SPEECHES[Language.RU]
    lose(session, at)
    said = [wait(attempt), offer(attempt, session, at), answered(post(attempt, "choice", {"Digits": "1"}))]

    words = (speech.still_waiting, speech.press_one, speech.soon)
    assert [one in text for one, text in zip(words, said, strict=True)] == [True, True, True]
    assert {tag for text in said for tag in re.findall('<Say language="(.*?)"', text)} == {"ru-RU"}


@standing
def test_a_call_back_at_night_is_promised_for_the_morning(
    attempt: Attempt, session: AgentSession, at: datetime
) -> None:
    Campaign.objects.filter(id=attempt.campaign_id).update(call_until=at.replace(hour=13, minute=4).time())
    offer(attempt, session, at)

    said = answered(post(attempt, "choice", {"Digits": "1"}))

    assert re.search(r"We will call you back on \w+day at [89]:\d\d AM", said)
    due_at = Callback.objects.get().due_at
    assert due_at.date() == at.date() + timedelta(days=1)


@standing
def test_a_call_back_that_the_law_never_allows_is_not_promised(
    attempt: Attempt, session: AgentSession, at: datetime
) -> None:
    offer(attempt, session, at)
    add_dnc_entry(phone=attempt.phone, campaign_id=None, source=Evidence.MANAGER, created_by="test", at=at)

    assert "We are not permitted to call you back." in answered(post(attempt, "choice", {"Digits": "1"}))
    assert Callback.objects.count() == 0


@standing
def test_nine_means_never_again(attempt: Attempt, session: AgentSession, at: datetime) -> None:
    offer(attempt, session, at)
    for _ in range(2):
        assert "You will not be called again." in answered(post(attempt, "choice", {"Digits": "9"}))

    assert list(DncEntry.objects.values_list("phone", "source", "campaign_id")) == [
        (attempt.phone, Evidence.CALLEE, None)
    ]
    attempt = reread(attempt)
    assert attempt.disposition is not None
    assert (attempt.disposition.code, attempt.campaign_lead.state) == ("DNC", QueueState.DONE)


@standing
def test_nothing_is_chosen_where_nothing_was_offered(attempt: Attempt, session: AgentSession, at: datetime) -> None:
    lose(session, at)

    for digits in ("1", "9"):
        assert "<Hangup />" in answered(post(attempt, "choice", {"Digits": digits}))
    assert (Callback.objects.count(), DncEntry.objects.count(), reread(attempt).disposition) == (0, 0, None)


@standing
def test_who_never_heard_an_agent_is_abandoned(attempt: Attempt, at: datetime) -> None:
    session = seat_agent(attempt.campaign, at, leg_sid=AGENT_SID, room_sid="CF" + "9" * 32)
    answered(post(attempt, "answer", {"CallStatus": "in-progress"}))
    deliver(attempt, [("join", {"Timestamp": "Tue, 16 Jun 2026 17:00:01 +0000", "ConferenceSid": ROOM})])
    LostLine.objects.update(lost_at=at - clock.real_seconds(HOLD_SECONDS))

    assert "Press one" in wait(attempt)
    status(attempt, "completed", 3)
    attempt = reread(attempt)
    assert (attempt.outcome, attempt.is_abandoned) == (Outcome.ABANDONED, True)
    session.refresh_from_db()
    assert session.break_reason == "LINE_LOST"
