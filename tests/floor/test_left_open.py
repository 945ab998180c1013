"""Talks whose agents have gone: the shift ends, the lead waits, and a supervisor says what came of it."""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from django.http import HttpResponse
from django.test import Client
from pytest_django.fixtures import Settings

from apps.accounts.models import Membership, Role
from apps.agents.models import AgentSession, AgentState
from apps.agents.services import sessions
from apps.audit.models import AuditEntry
from apps.calls.models import Attempt
from apps.calls.services.disposing import dispose_attempt
from apps.campaigns.models import CampaignLead, QueueState
from apps.campaigns.services import queue
from apps.compliance.models import DncEntry
from apps.dialer.services.reconcile import reconcile
from apps.leads.models import Lead
from apps.tenants.models import Tenant
from apps.tenants.scope import tenant_scope
from config.settings.clock import ClockConfig
from tests.pages import client_of, member_client
from tests.softphone.conftest import Post, put_on_call

URL = "/t/acme/left-open/"
HOUR = timedelta(hours=1, seconds=1)
MINUTE = timedelta(minutes=1, seconds=1)
Dispose = Callable[..., HttpResponse]


@pytest.fixture
def clock_speed(settings: Settings, at: datetime) -> None:
    """A clock of real speed: how long a desk is silent is real time."""
    settings.CLOCK = ClockConfig(start=at, origin=0.0, speed=1.0)


@pytest.fixture
def wrap_up(session: AgentSession, lead: Lead, at: datetime) -> Attempt:
    """A talk that the agent wraps up; the lead waits for the disposition."""
    attempt = put_on_call(session, lead, at, AgentState.WRAP_UP)
    Attempt.objects.filter(id=attempt.id).update(ended_at=at, talk_seconds=75)
    queue.record_outcome(campaign_lead_id=attempt.campaign_lead_id, outcome="CONNECTED", is_abandoned=False, at=at)
    return attempt


@pytest.fixture
def left_open(wrap_up: Attempt, session: AgentSession, post: Post, at: datetime, clock_speed: None) -> Attempt:
    """The same, its agent gone, with a note and an answer left behind."""
    session.refresh_from_db()
    sessions.save_draft(
        session=session, attempt_id=wrap_up.id, draft={"note": "Never again, he said.", "answers": {"owner": "Yes"}}
    )
    assert sessions.end_deserted(session_id=session.id, before=at + HOUR, at=at + HOUR)
    wrap_up.refresh_from_db()
    return wrap_up


@pytest.fixture
def dispose(supervisor: Membership) -> Dispose:
    """Gives a talk its disposition, as the supervisor."""
    client = client_of(supervisor)
    return lambda attempt_id, **data: client.post(f"{URL}{attempt_id}/", data)


def shift(session: AgentSession) -> tuple[str, bool, UUID | None]:
    session.refresh_from_db()
    return session.state, session.ended_at is not None, session.attempt_id


# --- shifts whose agents have gone


def test_shift_of_a_desk_not_heard_of_for_an_hour_is_over(
    tenant: Tenant, session: AgentSession, at: datetime, clock_speed: None
) -> None:
    session.save()
    reconcile(tenant_id=tenant.id, at=at + HOUR - timedelta(seconds=2))
    assert shift(session) == ("BREAK", False, None)

    reconcile(tenant_id=tenant.id, at=at + HOUR)

    assert shift(session) == ("OFFLINE", True, None)


def test_shift_with_a_call_goes_on_however_silent_the_desk_is(
    tenant: Tenant, session: AgentSession, on_call: Attempt, at: datetime, clock_speed: None
) -> None:
    assert not sessions.end_deserted(session_id=session.id, before=at + HOUR, at=at + HOUR)
    assert shift(session) == ("ON_CALL", False, on_call.id)


def test_what_was_written_of_a_talk_is_kept_when_its_agent_has_gone(left_open: Attempt, session: AgentSession) -> None:
    assert shift(session) == ("OFFLINE", True, None)
    assert (left_open.note, left_open.disposed_at) == ("Never again, he said.", None)
    assert [(answer.text, answer.is_partial) for answer in left_open.answers.all()] == [("Yes", True)]


def test_supervisor_closes_the_shift_of_an_agent_who_left_in_wrap_up(
    supervisor: Membership, session: AgentSession, wrap_up: Attempt, at: datetime, settings: Settings
) -> None:
    client = client_of(supervisor)

    def log_out() -> None:
        answer = client.post("/t/acme/floor/log-out", {"session": session.id}, content_type="application/json")
        assert answer.status_code == 200

    log_out()
    assert shift(session) == ("WRAP_UP", False, wrap_up.id), "somebody at the desk has to finish it"

    AgentSession.objects.update(seen_at=at - MINUTE)
    settings.CLOCK = ClockConfig(start=at, origin=settings.CLOCK.origin, speed=1.0)
    log_out()

    assert shift(session) == ("OFFLINE", True, None)
    assert list(AuditEntry.objects.order_by("id").values_list("action", flat=True))[-1] == "agent.forced_out"


# --- their talks


def test_lead_is_not_called_before_somebody_says_what_came_of_the_talk(left_open: Attempt, at: datetime) -> None:
    assert queue.promote_due(campaign_id=left_open.campaign_id, at=at + timedelta(days=365)) == 0
    row = CampaignLead.objects.get(id=left_open.campaign_lead_id)
    assert (row.state, row.reason) == (QueueState.WAITING, "awaiting_disposition")


def test_talks_without_disposition_are_listed_when_no_desk_has_them(
    tenant: Tenant, supervisor: Membership, session: AgentSession, wrap_up: Attempt, at: datetime, clock_speed: None
) -> None:
    client = client_of(supervisor)
    assert "No call is left open" in client.get(URL).content.decode()
    assert client.get(f"{URL}{wrap_up.id}/").status_code == 404

    with tenant_scope(tenant.id):
        sessions.end_deserted(session_id=session.id, before=at + HOUR, at=at + HOUR)

    assert f"{URL}{wrap_up.id}/" in client.get(URL).content.decode()
    assert "One talk has no disposition" in client.get("/t/acme/floor/").content.decode()
    page = client.get(f"{URL}{wrap_up.id}/").content.decode()
    assert "Ada Byron" in page
    assert "Call back" not in page, "nobody has agreed a time with them"


def test_supervisor_gives_the_disposition_for_the_agent(
    tenant: Tenant, agent: Membership, supervisor: Membership, left_open: Attempt, dispose: Dispose
) -> None:
    answer = dispose(left_open.id, code="DNC", note="Heard in the recording.")

    assert (answer.status_code, answer["Location"]) == (302, URL)
    with tenant_scope(tenant.id):
        left_open.refresh_from_db()
        entry = AuditEntry.objects.filter(action="attempt.disposed").get()
        assert (left_open.disposition.code, left_open.agent, left_open.note) == (  # type: ignore[union-attr]  # it has one
            "DNC",
            agent.user,
            "Heard in the recording.",
        )
        assert [answer.text for answer in left_open.answers.all()] == ["Yes"]
        assert CampaignLead.objects.get(id=left_open.campaign_lead_id).state == QueueState.DONE
        assert DncEntry.objects.get().phone == left_open.phone
        assert (entry.actor_id, entry.target, entry.data) == (
            supervisor.user_id,
            f"attempt:{left_open.id}",
            {"code": "DNC"},
        )
    assert dispose(left_open.id, code="DNC").status_code == 404, "it is listed no more"


@pytest.mark.parametrize("code", ["", "NOTHING", "CALLBK"])
def test_disposition_that_cannot_be_given_is_refused(left_open: Attempt, dispose: Dispose, code: str) -> None:
    assert dispose(left_open.id, code=code, note="still here").status_code == 200
    left_open.refresh_from_db()
    assert left_open.disposed_at is None


def test_disposition_of_two_supervisors_is_taken_once(
    monkeypatch: pytest.MonkeyPatch, agent: Membership, left_open: Attempt, dispose: Dispose, at: datetime
) -> None:
    monkeypatch.setattr("apps.floor.views.left_open._get", lambda attempt_id: left_open)
    dispose_attempt(attempt_id=left_open.id, code="DNC", user=agent.user, at=at)
    assert "already has a disposition" in dispose(left_open.id, code="NI").content.decode()


def test_talks_left_open_are_for_supervisors(tenant: Tenant, left_open: Attempt, other_client: Client) -> None:
    for role in (Role.AGENT, Role.COMPLIANCE, Role.VENDOR):
        assert member_client(tenant, role).get(URL).status_code == 403
        assert member_client(tenant, role).post(f"{URL}{left_open.id}/", {"code": "DNC"}).status_code == 403
    assert other_client.get(URL).status_code == 404
    assert other_client.get(f"/t/other/left-open/{left_open.id}/").status_code == 404
