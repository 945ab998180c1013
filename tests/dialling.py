"""A lawful campaign with agents, to dial from; and the carrier, watched by Twilio's own description."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from types import SimpleNamespace
from typing import Any

import pytest
from celery.app.task import Task
from django.conf import settings
from pytest_django.fixtures import Settings
from twilio.http.http_client import TwilioHttpClient

from apps.agents.models import AgentSession, AgentState
from apps.calls.models import Attempt
from apps.campaigns.models import Campaign, CampaignLead, CampaignList, DialMode
from apps.campaigns.services import queue
from apps.compliance.models import Decision, DncRegister
from apps.core import clock
from apps.dialer.services import reserve
from apps.telephony import gateway
from config.settings.clock import ClockConfig
from tests import factories
from tests.conformance.client import SpecAdapter
from tests.conformance.running import PATIENCE, RunningCarrier, fast_config


class WatchedAdapter(SpecAdapter, gateway.TimeoutAdapter):
    """The product's own adapter, with every request and every answer of the simulator checked."""


@pytest.fixture(autouse=True)
def watched_carrier(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No request leaves the product that Twilio's description does not know."""
    make = gateway.CarrierHttpClient.__init__

    def watched(client: TwilioHttpClient) -> None:
        make(client)
        for scheme in ("http://", "https://"):
            client.session.mount(scheme, WatchedAdapter(settings.SIMULATOR_URL))

    monkeypatch.setattr(gateway.CarrierHttpClient, "__init__", watched)
    gateway.carrier_for.cache_clear()
    yield
    gateway.carrier_for.cache_clear()


@pytest.fixture
def exchange(request: pytest.FixtureRequest, settings: Settings, at: datetime) -> Iterator[RunningCarrier]:
    """A simulated carrier whose clock, and the product's, starts at `at` and runs 60 times as fast (or as parametrised)."""
    config = fast_config(speed=getattr(request, "param", 60.0), start=at)
    with RunningCarrier(config) as running:
        settings.SIMULATOR_URL = running.address
        settings.PUBLIC_BASE_URL = running.customer.address
        settings.CLOCK = ClockConfig(start=at, origin=config.clock.origin, speed=config.clock.speed)
        settings.CARRIER_READ_TIMEOUT = 2.0
        yield running


@dataclass
class Jobs:
    """What would have been sent to workers, in order: names and arguments."""

    sent: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def named(self, name: str) -> list[dict[str, Any]]:
        return [arguments for sent, arguments in self.sent if sent == name]


@pytest.fixture
def jobs(monkeypatch: pytest.MonkeyPatch) -> Jobs:
    """Catches messages to workers, as soon as they are written: the test's own transaction never commits."""
    box = Jobs()

    def catch(task: Task[Any, Any], kwargs: dict[str, Any], **_: Any) -> None:
        box.sent.append((task.name, kwargs))

    monkeypatch.setattr(Task, "apply_async", catch)
    monkeypatch.setattr("apps.core.jobs.transaction", SimpleNamespace(on_commit=lambda function, **_: function()))
    return box


def open_campaign(
    at: datetime, *, mode: DialMode = DialMode.PROGRESSIVE, cps: float = 1000.0, **values: Any
) -> Campaign:
    """A running campaign that may call New York at `at`: fresh registers, the usual dispositions, a number."""
    for code in ("US", "US-NY"):
        DncRegister.objects.get_or_create(jurisdiction=code, defaults={"listed_on": at.date()})
    campaign: Campaign = factories.CampaignFactory.create(dial_mode=mode, caller_id__account__cps=cps, **values)
    return campaign


def make_dialling(campaign: Campaign) -> None:
    """Give the campaign what it needs besides for the dialler to start calls by itself: a list and an outcome."""
    CampaignList.objects.create(campaign=campaign, lead_list=factories.LeadListFactory.create())
    factories.DispositionFactory.create(disposition_set=campaign.disposition_set)


def add_lead(campaign: Campaign, **values: Any) -> CampaignLead:
    """A lead that is ready in the campaign's queue."""
    values.setdefault("place", factories.PlaceFactory.create(jurisdictions=["US", "US-NY"]))
    lead = factories.LeadFactory.create(**values)
    queue.call_now(campaign=campaign, places={lead.id: lead.place_id})
    row: CampaignLead = CampaignLead.objects.get(campaign=campaign, lead=lead)
    return row


def seat_agent(campaign: Campaign, at: datetime, **values: Any) -> AgentSession:
    """An agent who is ready, with a connected leg."""
    values = {"state": AgentState.READY, "is_leg_connected": True, "leg_sid": "CA" + "a" * 32, **values}
    return AgentSession.objects.create(
        user=factories.UserFactory.create(), campaign=campaign, state_since=at, seen_at=at, **values
    )


def reserve_one(campaign: Campaign, at: datetime, **lead: Any) -> Attempt:
    """An attempt that the dialler has reserved for a new lead, for nobody in particular."""
    row = add_lead(campaign, **lead)
    assert reserve.dial_ahead(campaign, n=1, place_ids=[row.place_id], at=at) == 1, list(
        Decision.objects.order_by("-id").values_list("reasons", "rules")[:1]
    )
    return Attempt.objects.get(campaign_lead=row)


def standing(at: datetime) -> Callable[[], datetime]:
    """A clock that stands."""
    return lambda: at


def wait_for(is_so: Callable[[], Any], patience: float = PATIENCE) -> Any:
    """Poll until `is_so` gives something true, and return that; fails the test when it never does."""
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        if result := is_so():
            return result
        time.sleep(0.02)
    raise AssertionError("it never came to be")


def now() -> datetime:
    """The product's clock, as a worker reads it."""
    return clock.now()


@contextmanager
def fault(carrier: RunningCarrier, kind: str, **values: Any) -> Iterator[None]:
    """A fault of the carrier while the block runs."""
    carrier.fault(kind, **values)
    yield
    carrier.sim("faults", "DELETE")
