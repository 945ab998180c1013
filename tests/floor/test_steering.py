"""What a supervisor does about an agent: who may, what happens when, and what the audit keeps."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from apps.accounts.models import Membership, Role
from apps.agents.models import AgentSession, AgentState, Notice
from apps.agents.services import sessions
from apps.audit.models import AuditEntry
from apps.calls.models import Attempt
from apps.campaigns.models import Campaign
from apps.leads.models import Lead
from apps.tenants.models import Tenant
from tests import factories
from tests.pages import client_of, member_client
from tests.softphone.conftest import Post, put_on_call

Steer = Callable[..., HttpResponse]
State = Callable[[], dict[str, Any]]
ACTIONS = ("notice", "break", "move", "log-out", "help")


@pytest.fixture
def steer(supervisor: Membership, session: AgentSession) -> Steer:
    """Does an action of the floor to the agent's shift, as the supervisor."""
    client = client_of(supervisor)

    def act(action: str, **data: Any) -> HttpResponse:
        body = {"session": session.id, **data}
        return client.post(f"/t/acme/floor/{action}", body, content_type="application/json")

    return act


@pytest.fixture
def other(campaign: Campaign) -> Campaign:
    """Another campaign that can be joined."""
    found: Campaign = factories.CampaignFactory.create(name="Winbacks", disposition_set=campaign.disposition_set)
    return found


def last_audit() -> tuple[str, str, dict[str, Any]]:
    entry = AuditEntry.objects.order_by("-id").first()
    assert entry is not None
    return entry.action, entry.target, entry.data


@pytest.mark.parametrize("action", ACTIONS)
def test_action_is_for_supervisors(tenant: Tenant, session: AgentSession, other_client: Client, action: str) -> None:
    body = {"session": session.id, "text": "x", "campaign": session.campaign_id}
    url = f"/t/acme/floor/{action}"
    for role in (Role.AGENT, Role.COMPLIANCE, Role.VENDOR):
        assert member_client(tenant, role).post(url, body, content_type="application/json").status_code == 403
    assert other_client.post(url, body, content_type="application/json").status_code == 404
    theirs = other_client.post(url.replace("acme", "other"), body, content_type="application/json")
    assert theirs.status_code in {404, 409, 422}
    session.refresh_from_db()
    assert (session.state, session.ended_at, Notice.objects.count()) == ("BREAK", None, 0)


@pytest.mark.parametrize("action", ACTIONS)
def test_action_on_a_shift_that_is_over_says_so(steer: Steer, session: AgentSession, at: datetime, action: str) -> None:
    sessions.end_session(session=session, at=at)
    answer = steer(action, text="x", campaign=session.campaign_id)
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "agent_state")


def test_message_is_shown_on_the_desk_until_it_is_read(
    steer: Steer, state: State, post: Post, session: AgentSession, at: datetime
) -> None:
    assert steer("notice", text="  Slow down a little. ").status_code == 200
    (notice,) = state()["notices"]
    assert (notice["text"], notice["sender"], notice["is_seen"]) == ("Slow down a little.", "Sam Supervisor", False)
    assert post("notice-seen", notice=notice["id"]).json()["notices"][0]["is_seen"] is True
    action, target, data = last_audit()
    assert (action, target) == ("agent.messaged", f"session:{session.id}")
    assert data["agent"] == session.user_id
    assert list(data["note"]) == ["sha256"], "what was said must be erasable"
    Notice.objects.update(sent_at=at - timedelta(days=1))
    assert state()["notices"] == []


@pytest.mark.parametrize("text", ["", "   ", "x" * 301])
def test_message_needs_some_words(steer: Steer, text: str) -> None:
    assert steer("notice", text=text).status_code == 422
    assert Notice.objects.count() == 0


def test_message_of_somebody_else_is_not_marked_as_read(
    post: Post, steer: Steer, session: AgentSession, tenant: Tenant
) -> None:
    steer("notice", text="Hello")
    other = member_client(tenant, Role.AGENT)
    AgentSession.objects.create(
        user_id=int(other.session["_auth_user_id"]), campaign=session.campaign, state_since=session.state_since
    )
    other.post("/t/acme/desk/notice-seen", {"notice": Notice.objects.get().id}, content_type="application/json")
    assert Notice.objects.get().seen_at is None


def test_break_now(steer: Steer, state: State, session: AgentSession, at: datetime) -> None:
    sessions.go_ready(session=session, at=at)
    assert steer("break").json()["agents"][0]["state"] == "BREAK"
    assert state()["session"]["break_text"] == "Put on break by a supervisor"
    assert last_audit()[0] == "agent.sent_on_break"


def test_break_and_log_out_wait_for_the_call(steer: Steer, session: AgentSession, on_call: Attempt) -> None:
    assert steer("break").json()["agents"][0]["next_state"] == "BREAK"
    assert steer("log-out").json()["agents"][0]["next_state"] == "OFFLINE"
    session.refresh_from_db()
    assert (session.state, session.attempt_id, session.ended_at) == ("ON_CALL", on_call.id, None)


def test_log_out_closes_the_shift(steer: Steer, session: AgentSession) -> None:
    assert steer("log-out").status_code == 200
    session.refresh_from_db()
    assert session.ended_at is not None
    assert last_audit()[:2] == ("agent.forced_out", f"session:{session.id}")


def test_move_now(steer: Steer, state: State, session: AgentSession, other: Campaign, at: datetime) -> None:
    sessions.go_ready(session=session, at=at)
    assert steer("move", campaign=other.id).status_code == 200
    shown = state()
    assert (shown["campaign"]["name"], shown["session"]["state"]) == ("Winbacks", "BREAK")
    assert shown["session"]["break_text"].startswith("Moved to this campaign")
    assert last_audit()[2] == {"agent": session.user_id, "campaign": other.id}


def test_move_waits_for_the_call(
    steer: Steer, session: AgentSession, lead: Lead, other: Campaign, at: datetime
) -> None:
    attempt = put_on_call(session, lead, at, AgentState.WRAP_UP)
    assert steer("move", campaign=other.id).json()["agents"][0]["next_campaign"] == "Winbacks"
    session.refresh_from_db()
    assert session.campaign.name == "Renewals"
    Attempt.objects.filter(id=attempt.id).update(disposed_at=at)
    sessions.finish_wrap_up(session=session, at=at)
    session.refresh_from_db()
    assert (session.campaign.name, session.state, session.break_reason) == ("Winbacks", "BREAK", "MOVED")
    assert session.next_campaign is None


def test_move_back_before_the_call_ends_takes_the_move_back(
    steer: Steer, session: AgentSession, on_call: Attempt, other: Campaign
) -> None:
    steer("move", campaign=other.id)
    steer("move", campaign=session.campaign_id)
    session.refresh_from_db()
    assert session.next_campaign is None


@pytest.mark.parametrize("campaign_state", ["DRAFT", "ARCHIVED", "COMPLETED"])
def test_move_only_to_a_campaign_with_desks(steer: Steer, other: Campaign, campaign_state: str) -> None:
    Campaign.objects.filter(id=other.id).update(state=campaign_state)
    assert steer("move", campaign=other.id).status_code == 422


def test_help_is_on_the_floor_until_it_is_answered(
    steer: Steer, post: Post, state: State, session: AgentSession, at: datetime
) -> None:
    assert post("help", is_asking=True).json()["session"]["is_asking_help"] is True
    asked = AgentSession.objects.get().help_asked_at
    post("help", is_asking=True)
    assert AgentSession.objects.get().help_asked_at == asked, "asking again does not begin the wait anew"
    answered = steer("help")
    assert (answered.status_code, answered.json()["agents"][0]["help_asked_at"]) == (200, None)
    assert state()["notices"][0]["sender"] == "Sam Supervisor"
    assert last_audit()[0] == "agent.help_answered"
    assert steer("help").status_code == 409


def test_help_can_be_withdrawn(post: Post, steer: Steer, session: AgentSession) -> None:
    post("help", is_asking=True)
    assert post("help", is_asking=False).json()["session"]["is_asking_help"] is False
    assert steer("help").status_code == 409
