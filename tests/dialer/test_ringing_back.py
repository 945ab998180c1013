"""One story at the simulated carrier: a call is missed, its number rung back, and the person called as they wished."""

from collections.abc import Iterator
from datetime import datetime
from queue import Queue

import pytest
from django.test import Client

from apps.accounts.models import Membership
from apps.calls import placing
from apps.calls.enums import AttemptState, KeypadChoice, Outcome
from apps.calls.models import Attempt, Callback, InboundCall
from apps.dialer.services import tick
from apps.telephony.services.numbering import take_calls
from apps.tenants.models import Tenant
from tests.conformance.running import Received, RunningCarrier
from tests.dialling import Jobs, make_dialling, now, open_campaign, reserve_one, seat_agent, wait_for

PERSON = "+12125550123"


class Product:
    """Takes what the carrier asks to the product, in the thread and the transaction of the test."""

    def __init__(self, carrier: RunningCarrier) -> None:
        self.carrier = carrier
        self.asked: Queue[Received] = Queue()
        self.said: Queue[str] = Queue()

    def answer(self, one: Received) -> str:
        """On the carrier's side: wait for what the product says."""
        self.asked.put(one)
        return self.said.get(timeout=10)

    def take(self) -> str:
        """Have the product answer the carrier's next question; what it says."""
        one = self.asked.get(timeout=10)
        response = self.post(one)
        self.said.put(response)
        return response

    def post(self, one: Received) -> str:
        headers = {"X-Twilio-Signature": one.headers["X-Twilio-Signature"]}
        response = Client().post(one.path, one.fields, headers=headers)
        assert response.status_code in {200, 204}
        return response.content.decode()


@pytest.fixture
def product(exchange: RunningCarrier, jobs: Jobs, tenant: Tenant) -> Iterator[Product]:
    product = Product(exchange)
    for hook in ("inbound", "inbound-choice"):
        exchange.customer.answers[f"/hooks/{tenant.id}/voice/{hook}"] = product.answer
    exchange.carrier.callees.personalities["asks_back"] = {  # type: ignore[index]  # a dict behind the mapping
        "answers": "nobody",
        "rings_back": [30, 30],
        "presses_back": {"1": 1},
    }
    exchange.pin(PERSON, "asks_back")
    return product


def place(attempt: Attempt) -> Attempt:
    placing.place_attempt(tenant_id=attempt.tenant_id, attempt_id=attempt.id, now=now)
    return Attempt.objects.select_related("decision").get(id=attempt.id)


def test_who_rings_back_is_called_back_through_the_gate(
    product: Product, exchange: RunningCarrier, tenant: Tenant, at: datetime
) -> None:
    campaign = open_campaign(at)
    make_dialling(campaign)
    assert campaign.caller_id is not None
    take_calls(account=campaign.caller_id.account, actor=None, at=at)
    missed = place(reserve_one(campaign, at, phone=PERSON))
    (over,) = exchange.customer.wait_for(
        f"/hooks/{tenant.id}/voice/status?a={missed.id}",
        where=lambda one: one.fields["CallStatus"] == "no-answer",
    )
    product.post(over)

    assert "Press one if we may call you back." in product.take()
    assert "We will call you back as soon as one of us is free." in product.take()
    (ended,) = exchange.customer.wait_for(f"/hooks/{tenant.id}/voice/inbound-over")
    product.post(ended)

    call = InboundCall.objects.get()
    assert (call.attempt_id, call.choice, call.ended_at is not None) == (missed.id, KeypadChoice.CALLBACK, True)
    assert Attempt.objects.get(id=missed.id).outcome == Outcome.NO_ANSWER
    due_at = Callback.objects.get().due_at

    exchange.pin(PERSON, "sale")
    session = seat_agent(campaign, now())
    Membership.objects.create(user=session.user, role="AGENT")
    wait_for(lambda: now() >= due_at)
    tick.tick_campaign(tenant_id=tenant.id, campaign_id=campaign.id, at=now())
    again = place(Attempt.objects.get(state=AttemptState.RESERVED))

    assert (again.phone, again.agent_id, again.decision.is_allowed) == (PERSON, session.user_id, True)
    assert [row["to"] for row in exchange.sim("dials")["dials"]] == [PERSON, PERSON]
