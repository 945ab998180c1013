"""A talk whose agent's line is lost and comes back."""

from datetime import datetime

import pytest

from apps.agents.models import AgentSession, AgentState, LostLine
from apps.agents.services import legs, lost_lines
from apps.agents.services.lost_lines import GRACE_SECONDS, HOLD_SECONDS
from apps.calls.enums import AttemptState
from apps.calls.models import Attempt
from apps.core import clock
from tests import factories
from tests.dialer.callbacks import answered, deliver, post, reread
from tests.dialling import seat_agent

AGENT_SID, NEXT_SID = "CA" + "a" * 32, "CA" + "b" * 32
ROOM = "CF" + "1" * 32
standing = pytest.mark.usefixtures("standing_clock")


@pytest.fixture
def session(attempt: Attempt, at: datetime) -> AgentSession:
    """An agent who talks to the person of the attempt and has written something."""
    factories.DispositionFactory.create(
        disposition_set=attempt.campaign.disposition_set, code="CALLBK", label="Call back", is_callback=True
    )
    factories.DispositionFactory.create(
        disposition_set=attempt.campaign.disposition_set, code="DNC", label="Do not call", is_dnc=True
    )
    session = seat_agent(attempt.campaign, at, leg_sid=AGENT_SID)
    answered(post(attempt, "answer", {"CallStatus": "in-progress"}))
    deliver(attempt, [("join", {"Timestamp": "Tue, 16 Jun 2026 17:00:01 +0000", "ConferenceSid": ROOM})])
    AgentSession.objects.filter(id=session.id).update(draft={"note": "Wants two windows", "campaign_lead": 1})
    session.refresh_from_db()
    assert (session.state, reread(attempt).state) == (AgentState.ON_CALL, AttemptState.CONNECTED)
    return session


def later(at: datetime, seconds: float) -> datetime:
    return at + clock.real_seconds(seconds)


def leg(session: AgentSession, at: datetime, *, is_there: bool, sid: str = AGENT_SID) -> None:
    legs.set_leg(session_id=session.id, sid=sid, is_connected=is_there, at=at, room_sid=ROOM if is_there else "")


def lose(session: AgentSession, at: datetime) -> LostLine:
    """The line goes, and stays away for longer than a reload takes."""
    leg(session, at, is_there=False)
    lost_lines.follow_lines(at=later(at, GRACE_SECONDS))
    return LostLine.objects.get()


def wait(attempt: Attempt) -> str:
    return answered(post(attempt, "wait", {"CallStatus": "in-progress"}))


def offer(attempt: Attempt, session: AgentSession, at: datetime) -> str:
    """The person has waited in vain and hears the choice."""
    line = lose(session, at)
    LostLine.objects.filter(id=line.id).update(lost_at=at - clock.real_seconds(HOLD_SECONDS))
    return wait(attempt)
