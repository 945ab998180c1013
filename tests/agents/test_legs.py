"""The agent's standing leg at the simulated carrier: rung when it is not there, never twice at a time, ended with the shift."""

from datetime import datetime

import pytest

from apps.agents.models import AgentSession, AgentState
from apps.agents.services.legs import connect_leg, end_leg, move_leg
from apps.campaigns.models import Campaign
from apps.telephony.errors import CarrierError
from apps.tenants.models import Tenant
from tests.conformance.running import RunningCarrier
from tests.dialling import Jobs, fault, now, open_campaign, seat_agent

pytestmark = pytest.mark.usefixtures("jobs")


@pytest.fixture
def session(tenant: Tenant, at: datetime) -> AgentSession:
    """An agent who has just come and whose phone has not been rung."""
    return seat_agent(open_campaign(at), at, state=AgentState.BREAK, leg_sid="", is_leg_connected=False)


def ring(session: AgentSession) -> AgentSession:
    connect_leg(tenant_id=session.tenant_id, session_id=session.id, at=now())
    return AgentSession.objects.get(id=session.id)


def rung(carrier: RunningCarrier) -> list[str]:
    """Sids of the agents' legs that the carrier has made."""
    return [call.sid for call in carrier.carrier.registry.calls.values() if call.to.startswith("client:")]


def test_the_client_is_rung_into_the_agents_own_room(session: AgentSession, exchange: RunningCarrier) -> None:
    after = ring(session)

    assert rung(exchange) == [after.leg_sid]
    assert exchange.sim(f"calls/{after.leg_sid}")["to"] == f"client:t{session.tenant_id}_u{session.user_id}"
    (joined,) = exchange.customer.wait_for(
        f"/hooks/{session.tenant_id}/voice/conference",
        where=lambda one: one.fields["StatusCallbackEvent"] == "participant-join",
    )
    assert joined.fields["FriendlyName"] == f"t{session.tenant_id}-agent-{session.id}"
    assert joined.fields["ParticipantLabel"] == f"agent-{session.id}"


def test_a_leg_whose_join_was_lost_counts_as_connected(session: AgentSession, exchange: RunningCarrier) -> None:
    sid = ring(session).leg_sid
    exchange.wait_until(sid, lambda row: row["answered_at"] is not None)

    after = ring(session)

    assert (after.is_leg_connected, after.leg_sid, len(rung(exchange))) == (True, sid, 1)
    assert (ring(session).leg_sid, len(rung(exchange))) == (sid, 1)


def test_a_leg_that_ended_unheard_is_rung_again(session: AgentSession, exchange: RunningCarrier) -> None:
    first = ring(session).leg_sid
    exchange.wait_until(first, lambda row: row["answered_at"] is not None)
    exchange.sim(f"calls/{first}/hang_up", "POST")

    second = ring(session).leg_sid

    assert first != second
    assert len(rung(exchange)) == 2


def test_a_connected_leg_whose_end_was_lost_is_rung_again(
    session: AgentSession, exchange: RunningCarrier, jobs: Jobs
) -> None:
    first = ring(session).leg_sid
    exchange.wait_until(first, lambda row: row["answered_at"] is not None)
    assert ring(session).is_leg_connected
    exchange.sim(f"calls/{first}/hang_up", "POST")
    jobs.sent.clear()

    lost = ring(session)

    assert (lost.is_leg_connected, lost.leg_sid, len(rung(exchange))) == (False, "", 1)
    assert jobs.named("agents.connect_leg") == [{"tenant_id": session.tenant_id, "session_id": session.id}]
    assert ring(session).leg_sid not in {"", first}


def test_a_carrier_that_fails_leaves_the_leg_for_the_next_time(session: AgentSession, exchange: RunningCarrier) -> None:
    with fault(exchange, "throttled", target="participants.create"):
        assert ring(session).leg_sid == ""

    assert ring(session).leg_sid != ""


def test_nobody_is_rung_on_a_stopped_account_or_without_a_number(
    session: AgentSession, exchange: RunningCarrier
) -> None:
    account = session.campaign.caller_id.account
    account.is_active = False
    account.save()
    ring(session)
    Campaign.objects.filter(id=session.campaign_id).update(caller_id=None)
    ring(session)

    assert rung(exchange) == []


def test_the_leg_ends_with_the_shift_once(session: AgentSession, exchange: RunningCarrier) -> None:
    sid = ring(session).leg_sid
    with fault(exchange, "fails_before", target="calls.update"), pytest.raises(CarrierError):
        end_leg(tenant_id=session.tenant_id, session_id=session.id)
    assert AgentSession.objects.get(id=session.id).leg_sid == sid

    for _ in range(2):
        end_leg(tenant_id=session.tenant_id, session_id=session.id)

    assert exchange.wait_over(sid)["ended_by"] == "api"
    assert AgentSession.objects.get(id=session.id).leg_sid == ""


def test_the_leg_moves_to_the_browser_where_the_agent_is_now_once(
    session: AgentSession, exchange: RunningCarrier
) -> None:
    first = ring(session).leg_sid
    for _ in range(2):
        move_leg(tenant_id=session.tenant_id, session_id=session.id, sid=first, at=now())

    second = AgentSession.objects.get(id=session.id).leg_sid
    assert rung(exchange) == [first, second]
    assert exchange.wait_over(first)["ended_by"] == "api"
    assert exchange.sim(f"calls/{second}")["ended_at"] is None
