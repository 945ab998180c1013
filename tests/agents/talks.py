"""An agent who talks to somebody at the simulated carrier, and the carrier's callbacks taken to the product."""

from dataclasses import dataclass
from datetime import datetime

import pytest
from django.http import HttpResponse
from django.test import Client

from apps.agents.models import AgentSession, AgentState
from apps.agents.services import target_legs, transfers
from apps.agents.services.legs import connect_leg
from apps.calls import addresses, placing
from apps.calls.enums import AttemptState
from apps.calls.models import Attempt, Transfer
from apps.campaigns.models import Campaign
from apps.telephony.models import TransferTarget
from apps.telephony.twiml import answers
from apps.tenants.models import Tenant
from simulator.model import Call
from tests import factories
from tests.conformance.running import Received, RunningCarrier
from tests.dialling import now, open_campaign, reserve_one, seat_agent, standing, wait_for

CLAIMS = "+12025550143"


@dataclass
class Talk:
    """One talk: the carrier, the agent and the person's attempt."""

    carrier: RunningCarrier
    session: AgentSession
    attempt: Attempt

    def reread(self) -> tuple[AgentSession, Attempt]:
        self.session = AgentSession.objects.select_related("campaign", "attempt__lead__place").get(id=self.session.id)
        self.attempt = Attempt.objects.select_related("campaign", "caller_id__account").get(id=self.attempt.id)
        return self.session, self.attempt

    def present(self, room: str) -> list[str]:
        """Labels of who is in an open conference, in alphabetical order."""
        registry = self.carrier.carrier.registry
        found = next((one for one in registry.rooms.values() if one.name == room and one.status != "completed"), None)
        return sorted(seat.entry.label.partition("-")[0] for seat in found.present) if found else []

    def call(self, sid: str | None) -> Call:
        return self.carrier.carrier.registry.calls[sid or ""]

    @property
    def own_room(self) -> str:
        return addresses.room_name(self.attempt.tenant_id, self.session.id)

    def expect(self, room: str, *labels: str) -> None:
        wait_for(lambda: self.present(room) == sorted(labels))


def relay(request: Received) -> HttpResponse:
    """Take a callback that the carrier has sent to the product, signed as it was."""
    return Client().post(
        request.path, request.fields, headers={"X-Twilio-Signature": request.headers["X-Twilio-Signature"]}
    )


def relay_target(talk: Talk, transfer: Transfer, status: str) -> None:
    """Wait for a status of the target's leg, and take it to the product."""
    path = f"/hooks/{transfer.tenant_id}/voice/target?t={transfer.id}"
    (told,) = talk.carrier.customer.wait_for(path, where=lambda one: one.fields["CallStatus"] == status)
    assert relay(told).status_code == 204


def ask(talk: Talk, target: TransferTarget, way: Transfer.Way, personality: str = "sale_slow") -> Transfer:
    """Ask for a transfer and let a worker carry it out."""
    talk.carrier.pin(CLAIMS, personality)
    transfer = transfers.start_transfer(session=talk.session, target=target, way=way, actor=talk.session.user, at=now())
    target_legs.dial_target(tenant_id=transfer.tenant_id, transfer_id=transfer.id, at=now())
    return reread(transfer)


def call_in(talk: Talk, target: TransferTarget, way: Transfer.Way) -> Transfer:
    """Ask for somebody who comes into the talk, and let the product know that they are there."""
    transfer = ask(talk, target, way)
    talk.expect(talk.own_room, "agent", "lead", "target")
    relay_target(talk, transfer, "in-progress")
    return transfer


def reread(transfer: Transfer) -> Transfer:
    return Transfer.objects.select_related("attempt").get(id=transfer.id)


def sent_back(talk: Talk, path: str) -> str:
    """Let a worker fetch the person; the document that our hook answers when the carrier asks it."""
    # The carrier waits for no answer of ours here: the test's own transaction holds the rows.
    talk.carrier.customer.answers[path] = "<Response><Pause length='60'/></Response>"
    target_legs.fetch_person(tenant_id=talk.attempt.tenant_id, attempt_id=talk.attempt.id)
    (asked,) = talk.carrier.customer.wait_for(f"{path}?a={talk.attempt.id}")
    return relay(asked).content.decode()


@pytest.fixture
def target(tenant: Tenant) -> TransferTarget:
    found: TransferTarget = TransferTarget.objects.create(name="Claims desk", phone=CLAIMS, purpose="Open claims")
    return found


@pytest.fixture
def campaign(tenant: Tenant, at: datetime) -> Campaign:
    found = open_campaign(at, voicemail_text="Your quote is ready.", wrap_up_seconds=60)
    factories.DispositionFactory.create(disposition_set=found.disposition_set)
    factories.DispositionFactory.create(
        disposition_set=found.disposition_set, code="A", label="Machine", is_machine=True, is_final=False
    )
    return found


@pytest.fixture
def talk(campaign: Campaign, exchange: RunningCarrier) -> Talk:
    """An agent in a talk with somebody who has time."""
    at, tenant_id = now(), campaign.tenant_id
    session = seat_agent(campaign, at, state=AgentState.BREAK, leg_sid="", is_leg_connected=False)
    connect_leg(tenant_id=tenant_id, session_id=session.id, at=at)
    conference = f"/hooks/{tenant_id}/voice/conference"
    (joined,) = exchange.customer.wait_for(
        conference, where=lambda one: one.fields["StatusCallbackEvent"] == "participant-join"
    )
    assert relay(joined).status_code == 204
    attempt = reserve_one(campaign, at)
    exchange.pin(attempt.phone, "sale_slow")
    exchange.customer.answers[f"/hooks/{tenant_id}/voice/answer"] = answers.join_conference(
        room=addresses.room_name(tenant_id, session.id),
        label=f"lead-{attempt.id}",
        conference_url=exchange.customer.url(conference),
    )
    placing.place_attempt(tenant_id=tenant_id, attempt_id=attempt.id, now=standing(at))
    AgentSession.objects.filter(id=session.id).update(state=AgentState.ON_CALL, attempt=attempt)
    found = Talk(exchange, session, attempt)
    found.expect(found.own_room, "agent", "lead")
    Attempt.objects.filter(id=attempt.id).update(state=AttemptState.CONNECTED, connected_at=now(), agent=session.user)
    found.reread()
    return found
