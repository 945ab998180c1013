"""A telephone instead of the browser: only an approved one, joined by a key, muted by the server, left again."""

import re
from datetime import datetime, timedelta

import pytest

from apps.accounts.models import Membership, Role
from apps.agents.models import AgentSession, AgentState
from apps.agents.services import desk_phones, legs
from apps.agents.services.desk_phones import PAUSE_SECONDS, NoDeskPhoneError
from apps.agents.services.states import AgentStateError
from apps.audit.models import AuditEntry
from apps.calls import control
from apps.core import clock
from apps.core.errors import InvalidError
from apps.organisation.services.members import approve_desk_phone
from apps.tenants.models import Tenant
from tests import factories
from tests.conformance.running import RunningCarrier
from tests.dialer.callbacks import answered, attempt, campaign, post
from tests.dialling import Jobs, now, open_campaign, seat_agent, wait_for

__all__ = ["attempt", "campaign"]

pytestmark = pytest.mark.usefixtures("jobs")
# The simulator's people who answer at their own telephone.
PHONE = "+12125550179"


@pytest.fixture
def session(tenant: Tenant, at: datetime) -> AgentSession:
    session = seat_agent(open_campaign(at), at, state=AgentState.BREAK, leg_sid="", is_leg_connected=False)
    factories.MembershipFactory.create(user=session.user, role=Role.AGENT, desk_phone=PHONE)
    return session


def reread(session: AgentSession) -> AgentSession:
    return AgentSession.objects.select_related("campaign", "user").get(id=session.id)


def use_phone(session: AgentSession, at: datetime) -> AgentSession:
    desk_phones.use_phone(session=session, actor=session.user, at=at)
    return reread(session)


def ring(session: AgentSession, at: datetime) -> AgentSession:
    legs.connect_leg(tenant_id=session.tenant_id, session_id=session.id, at=at)
    return reread(session)


def rung(carrier: RunningCarrier) -> list[str]:
    return [call.to for call in carrier.carrier.registry.calls.values()]


# --- who may be rung


@pytest.mark.parametrize(
    ("phone", "approved"),
    [("(212) 555-0179", PHONE), ("", ""), ("+1 900 555 0100", None), ("+44 20 7946 0958", None), ("555", None)],
)
def test_only_an_ordinary_telephone_in_a_called_country_is_approved(
    session: AgentSession, at: datetime, phone: str, approved: str | None
) -> None:
    member = Membership.objects.get(user=session.user)
    member.desk_phone = "+12125550100"

    if approved is None:
        with pytest.raises(InvalidError):
            approve_desk_phone(member=member, phone=phone, countries=["US"], actor=session.user, at=at)
        assert AuditEntry.objects.count() == 0
        return
    approve_desk_phone(member=member, phone=phone, countries=["US"], actor=session.user, at=at)
    member.refresh_from_db()
    assert (member.desk_phone, AuditEntry.objects.get().action) == (approved, "member.phone_changed")


def test_without_approval_the_browser_stays(session: AgentSession, at: datetime) -> None:
    Membership.objects.update(desk_phone="")

    with pytest.raises(NoDeskPhoneError):
        use_phone(session, at)
    assert not reread(session).is_by_phone


@pytest.mark.parametrize("change", [{"desk_phone": ""}, {"is_active": False}, {"desk_phone": "+442079460958"}])
def test_an_approval_that_is_gone_rings_the_browser(
    session: AgentSession, exchange: RunningCarrier, change: dict[str, object]
) -> None:
    use_phone(session, now())
    Membership.objects.update(**change)
    ring(session, now())

    assert rung(exchange) == [f"client:t{session.tenant_id}_u{session.user_id}"]


# --- ringing


def test_the_telephone_is_rung_and_joins_by_the_key(session: AgentSession, exchange: RunningCarrier) -> None:
    exchange.carrier.callees.pin(PHONE, "desk_phone")
    hook = f"/hooks/{session.tenant_id}/voice/desk-phone"
    exchange.customer.answers[hook] = lambda one: (
        "<Response><Dial><Conference>room</Conference></Dial></Response>"
        if one.fields.get("Digits") == "1"
        else f'<Response><Gather numDigits="1" action="{hook}?s={session.id}"><Say>Press one.</Say></Gather></Response>'
    )
    after = ring(use_phone(session, now()), now())

    assert rung(exchange) == [PHONE]
    wait_for(lambda: "1" in [one.fields.get("Digits") for one in exchange.customer.received(f"{hook}?s={session.id}")])
    assert exchange.sim(f"calls/{after.leg_sid}")["to"] == PHONE
    # Answered is not yet in the conference: only the conference's own word counts.
    assert not ring(after, now()).is_leg_connected
    assert rung(exchange) == [PHONE]


def test_a_telephone_is_not_rung_again_and_again(session: AgentSession, exchange: RunningCarrier, at: datetime) -> None:
    first = now()
    ring(use_phone(session, first), first)
    AgentSession.objects.update(leg_sid="")
    soon, later = (first + clock.real_seconds(seconds) for seconds in (PAUSE_SECONDS - 1, PAUSE_SECONDS + 1))

    ring(session, soon)
    ring(session, later)
    assert rung(exchange) == [PHONE]
    AgentSession.objects.update(state=AgentState.READY)
    ring(session, soon)
    assert rung(exchange) == [PHONE]
    ring(session, later)
    assert rung(exchange) == [PHONE, PHONE]


def test_changing_moves_the_leg_and_is_on_record(session: AgentSession, at: datetime, jobs: Jobs) -> None:
    AgentSession.objects.update(leg_sid="CA" + "1" * 32, phone_page="here")
    jobs.sent.clear()
    after = use_phone(reread(session), at)
    use_phone(after, at)

    assert (after.is_by_phone, after.phone_page) == (True, "")
    assert [one["sid"] for one in jobs.named("agents.move_leg")] == ["CA" + "1" * 32]
    desk_phones.use_browser(session=after, actor=after.user, at=at)
    assert not reread(session).is_by_phone
    entries = AuditEntry.objects.filter(action="agent.phone_used").order_by("id")
    assert [entry.data["is_by_phone"] for entry in entries] == [True, False]


# --- on the line


def test_muting_is_the_carriers_and_ends_with_the_leg(session: AgentSession, exchange: RunningCarrier) -> None:
    AgentSession.objects.update(is_by_phone=False)
    ringing = ring(session, now())
    exchange.wait_until(ringing.leg_sid, lambda row: row["answered_at"] is not None)
    (room,) = wait_for(lambda: list(exchange.carrier.registry.rooms.values()))
    legs.set_leg(session_id=session.id, sid=ringing.leg_sid, is_connected=True, at=now(), room_sid=room.sid)
    with pytest.raises(AgentStateError):
        desk_phones.mute(session=reread(session), is_muted=True)
    AgentSession.objects.update(is_by_phone=True)

    desk_phones.mute(session=reread(session), is_muted=True)

    assert [seat.muted for seat in room.present] == [True]
    assert reread(session).is_muted
    legs.set_leg(session_id=session.id, sid=ringing.leg_sid, is_connected=False, at=now())
    assert not reread(session).is_muted


def test_muting_that_comes_too_late_leaves_the_next_leg_heard(
    session: AgentSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    AgentSession.objects.update(
        is_by_phone=True, is_leg_connected=True, leg_sid="CA" + "1" * 32, room_sid="CF" + "1" * 32
    )

    def ring_again(**_: object) -> None:
        AgentSession.objects.update(leg_sid="CA" + "9" * 32)

    monkeypatch.setattr(control, "mute_leg", ring_again)

    desk_phones.mute(session=reread(session), is_muted=True)

    assert not reread(session).is_muted


def test_the_hook_asks_for_the_key_and_lets_only_its_own_leg_in(attempt: object, at: datetime) -> None:
    session = seat_agent(attempt.campaign, at, is_by_phone=True, leg_sid="", is_leg_connected=False)  # type: ignore[attr-defined]

    def hook(query: str = f"s={session.id}", **fields: str) -> str:
        return answered(post(attempt, "desk-phone", fields, query=query))  # type: ignore[arg-type]

    assert "Press one to take your calls" in hook()
    assert f">t{session.tenant_id}-agent-{session.id}</Conference>" in hook(Digits="1")
    assert f'participantLabel="agent-{session.id}"' in hook(Digits="1")
    for refused in (hook(Digits="2"), hook(query="s=0"), hook(query="s=x"), hook(query="")):
        assert re.findall("<(Hangup|Dial)", refused) == ["Hangup"]
    AgentSession.objects.update(leg_sid="CA" + "9" * 32)
    assert "<Hangup" in hook(Digits="1")
    AgentSession.objects.update(leg_sid="", ended_at=at + timedelta(hours=1))
    assert "<Hangup" in hook(Digits="1")
