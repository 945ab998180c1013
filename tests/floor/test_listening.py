"""A supervisor on an agent's line: with the simulated carrier, checked by Twilio's own description of its requests."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.test import Client

from apps.accounts.models import Membership, Role
from apps.agents.models import AgentSession, AgentState, Listening, Stance
from apps.agents.services import coaching, legs
from apps.agents.services.states import AgentStateError
from apps.audit.models import AuditEntry
from apps.calls import control
from apps.calls.models import Attempt
from apps.core import clock
from apps.dialer.services.reconcile import reconcile
from apps.telephony.carrier import CallView
from apps.tenants.models import Tenant
from apps.tenants.scope import tenant_scope
from tests import factories
from tests.conformance.running import RunningCarrier
from tests.dialling import Jobs, exchange, now, open_campaign, seat_agent, wait_for, watched_carrier
from tests.pages import client_of, member_client

__all__ = ["exchange", "watched_carrier"]

LEG = "CA" + "c" * 32


@pytest.fixture
def listening(session: AgentSession, supervisor: Membership, jobs: Jobs, at: datetime) -> Listening:
    """The supervisor is on the agent's line."""
    coaching.start_listening(session_id=session.id, stance=Stance.LISTEN, actor=supervisor.user, at=at)
    coaching.coach_joined(user_id=supervisor.user_id, sid=LEG, at=at)
    return Listening.objects.get()


def audited() -> list[tuple[str, str | None, str]]:
    entries = AuditEntry.objects.filter(action__startswith="listening.").order_by("id")
    return [(entry.action.partition(".")[2], entry.data["call"], entry.data["stance"]) for entry in entries]


def test_listening_is_audited_with_who_whom_and_which_call(
    session: AgentSession, on_call: Attempt, listening: Listening, supervisor: Membership, at: datetime
) -> None:
    coaching.stop_listening(actor=supervisor.user, at=at)
    assert audited() == [("started", str(on_call.id), "LISTEN"), ("ended", str(on_call.id), "LISTEN")]
    entry = AuditEntry.objects.filter(action="listening.ended").get()
    assert (entry.actor, entry.data["agent"], entry.data["from"]) == (
        supervisor.user,
        session.user_id,
        at.isoformat(),
    )


def test_next_call_that_is_heard_is_audited_too(
    session: AgentSession, listening: Listening, on_call: Attempt, at: datetime
) -> None:
    coaching.hear_call(attempt_id=on_call.id, at=at)
    assert audited() == [("started", None, "LISTEN"), ("started", str(on_call.id), "LISTEN")]


def test_agent_sees_who_listens_unless_the_tenant_says_otherwise(
    tenant: Tenant, state: Callable[[], dict[str, Any]], listening: Listening
) -> None:
    assert state()["listeners"] == [{"name": "Sam Supervisor", "stance": "LISTEN"}]
    tenant.is_listening_shown = False
    tenant.save()
    assert state()["listeners"] == []


def test_leaving_ends_the_leg_and_not_the_call(
    session: AgentSession, on_call: Attempt, listening: Listening, supervisor: Membership, jobs: Jobs, at: datetime
) -> None:
    jobs.sent.clear()
    coaching.stop_listening(actor=supervisor.user, at=at)
    assert [name for name, _ in jobs.sent if name != "agents.end_coach"] == []
    session.refresh_from_db()
    assert (session.state, session.attempt_id, session.is_leg_connected) == ("ON_CALL", on_call.id, True)


def test_stranger_leg_neither_joins_nor_ends_a_listening(listening: Listening, at: datetime) -> None:
    coaching.coach_left(user_id=listening.supervisor_id, sid="CA" + "d" * 32, at=at)
    coaching.coach_joined(user_id=listening.supervisor_id, sid="CA" + "d" * 32, at=at)
    listening.refresh_from_db()
    assert (listening.leg_sid, listening.ended_at) == (LEG, None)
    coaching.coach_left(user_id=listening.supervisor_id, sid=LEG, at=at)
    listening.refresh_from_db()
    assert listening.ended_at == at


def test_lost_line_of_the_agent_dismisses_who_listens(
    session: AgentSession, listening: Listening, jobs: Jobs, at: datetime
) -> None:
    coaching.dismiss_coaches(session_id=session.id, at=at)
    listening.refresh_from_db()
    assert (listening.ended_at, len(jobs.named("agents.end_coach"))) == (at, 1)


def test_second_listening_ends_the_first(
    session: AgentSession, listening: Listening, supervisor: Membership, at: datetime
) -> None:
    other = AgentSession.objects.create(
        user=factories.UserFactory.create(),
        campaign=session.campaign,
        state_since=at,
        is_leg_connected=True,
        leg_sid=LEG,
    )
    coaching.start_listening(session_id=other.id, stance=Stance.LISTEN, actor=supervisor.user, at=at)
    open_ones = Listening.objects.filter(ended_at__isnull=True)
    assert [item.session_id for item in open_ones] == [other.id]


def answer(monkeypatch: pytest.MonkeyPatch, status: str | None, at: datetime) -> None:
    """What the carrier says of the leg; None for one that it does not know."""
    view = CallView(sid=LEG, status=status, created_at=at) if status else None
    monkeypatch.setattr(control, "look_up_leg", lambda **_: view)


@pytest.mark.parametrize(
    ("status", "is_over"), [("completed", True), ("no-answer", True), (None, True), ("in-progress", False)]
)
def test_listening_whose_end_nobody_told_of_is_looked_up_and_ended(
    listening: Listening, jobs: Jobs, monkeypatch: pytest.MonkeyPatch, at: datetime, status: str | None, is_over: bool
) -> None:
    reconcile(tenant_id=listening.tenant_id, at=at + clock.real_seconds(59))
    assert jobs.named("agents.check_coach") == []
    later = at + clock.real_seconds(61)
    reconcile(tenant_id=listening.tenant_id, at=later)
    (job,) = jobs.named("agents.check_coach")
    answer(monkeypatch, status, at)
    coaching.check_coach(**job, at=later)
    listening.refresh_from_db()
    assert (listening.ended_at, [entry[0] for entry in audited()]) == (
        (later, ["started", "ended"]) if is_over else (None, ["started"])
    )
    jobs.sent.clear()
    reconcile(tenant_id=listening.tenant_id, at=later)
    assert jobs.named("agents.check_coach") == []


@pytest.mark.parametrize(
    ("sid", "status", "joined", "ended"),
    [(LEG, "in-progress", True, False), (LEG, "ringing", False, False), ("", "in-progress", False, True)],
)
def test_listening_whose_beginning_nobody_told_of(
    session: AgentSession,
    supervisor: Membership,
    jobs: Jobs,
    monkeypatch: pytest.MonkeyPatch,
    at: datetime,
    sid: str,
    status: str,
    joined: bool,
    ended: bool,
) -> None:
    coaching.start_listening(session_id=session.id, stance=Stance.LISTEN, actor=supervisor.user, at=at)
    Listening.objects.update(leg_sid=sid)
    answer(monkeypatch, status, at)
    coaching.check_coach(tenant_id=session.tenant_id, listening_id=Listening.objects.get().id, at=at)
    found = Listening.objects.get()
    assert (found.joined_at is not None, found.ended_at is not None) == (joined, ended)


@pytest.mark.parametrize("changes", [{"is_leg_connected": False}, {"user": "self"}])
def test_nothing_to_listen_to(
    session: AgentSession, supervisor: Membership, at: datetime, changes: dict[str, Any]
) -> None:
    if "user" in changes:
        changes = {"user": supervisor.user}
    AgentSession.objects.update(**changes)
    with pytest.raises(AgentStateError):
        coaching.start_listening(session_id=session.id, stance=Stance.LISTEN, actor=supervisor.user, at=at)


@pytest.mark.parametrize("action", ["listen", "stance", "leave", "phone-access"])
def test_listening_is_for_supervisors(tenant: Tenant, session: AgentSession, other_client: Client, action: str) -> None:
    body = {"session": session.id, "stance": "LISTEN"}
    for role in (Role.AGENT, Role.COMPLIANCE, Role.VENDOR):
        answer = member_client(tenant, role).post(f"/t/acme/floor/{action}", body, content_type="application/json")
        assert answer.status_code == 403
    assert other_client.post(f"/t/acme/floor/{action}", body, content_type="application/json").status_code == 404


def test_stance_must_be_known_and_the_line_be_there(supervisor: Membership, session: AgentSession) -> None:
    client = client_of(supervisor)
    for stance, status in (("SHOUT", 422), ("WHISPER", 409)):
        answer = client.post("/t/acme/floor/stance", {"stance": stance}, content_type="application/json")
        assert answer.status_code == status


def test_stance_of_a_listening_that_ends_meanwhile_is_neither_kept_nor_audited(
    tenant: Tenant, listening: Listening, supervisor: Membership, at: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    coaching.coach_joined(user_id=supervisor.user_id, sid=LEG, at=at)
    before = audited()
    monkeypatch.setattr(control, "change_coach", lambda **_: Listening.objects.update(ended_at=at))

    with pytest.raises(AgentStateError):
        coaching.change_stance(tenant_id=tenant.id, stance=Stance.BARGE, actor=supervisor.user, at=at)

    assert (Listening.objects.get().stance, audited()) == ("LISTEN", before)


def test_coach_goes_through_every_stance_at_the_carrier(tenant: Tenant, exchange: RunningCarrier, jobs: Jobs) -> None:
    """The leg is muted, heard by the agent alone, then by all; its end leaves the agent where they are."""
    campaign = open_campaign(now())
    session = seat_agent(campaign, now(), state=AgentState.BREAK, leg_sid="", is_leg_connected=False)
    boss = factories.UserFactory.create()
    legs.connect_leg(tenant_id=tenant.id, session_id=session.id, at=now())
    session.refresh_from_db()
    room = wait_for(lambda: next(iter(exchange.carrier.registry.rooms.values()), None))
    agent = wait_for(lambda: next((seat for seat in room.seats.values() if seat.is_present), None))
    legs.set_leg(session_id=session.id, sid=agent.call.sid, is_connected=True, at=now(), room_sid=room.sid)

    def seat() -> Any:
        return next((one for one in room.present if one.entry.label == f"coach-{boss.id}"), None)

    coaching.start_listening(session_id=session.id, stance=Stance.LISTEN, actor=boss, at=now())
    (job,) = jobs.named("agents.join_coach")
    coaching.join_coach(tenant_id=tenant.id, listening_id=job["listening_id"], at=now())
    wait_for(seat)
    with tenant_scope(tenant.id):
        coaching.coach_joined(user_id=boss.id, sid=seat().call.sid, at=now())
        seen = [(seat().muted, seat().coaching)]
        for stance in (Stance.WHISPER, Stance.BARGE, Stance.LISTEN):
            coaching.change_stance(tenant_id=tenant.id, stance=stance, actor=boss, at=now())
            seen.append((seat().muted, seat().coaching))
            if stance == Stance.WHISPER:
                assert seat().coach_sid == agent.call.sid
        assert seen == [(True, False), (False, True), (False, False), (True, False)]
        coaching.stop_listening(actor=boss, at=now())
    coaching.end_coach_leg(tenant_id=tenant.id, listening_id=job["listening_id"])
    wait_for(lambda: seat() is None)
    assert [one.entry.label for one in room.present] == [f"agent-{session.id}"]
