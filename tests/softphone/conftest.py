import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from pytest_django.fixtures import Settings

from apps.accounts.models import Membership, Role
from apps.agents.models import AgentSession, AgentState
from apps.calls.enums import AttemptState
from apps.calls.models import Attempt
from apps.campaigns.models import Campaign, DispositionSet
from apps.campaigns.services.life import create_disposition_set
from apps.compliance.domain.codes import DialMode, Purpose, Subject
from apps.compliance.domain.facts import CallFacts, Place
from apps.compliance.services.registers import load_register
from apps.compliance.services.replay import facts_to_json
from apps.leads.models import Lead
from apps.tenants.models import Tenant
from config.settings.clock import ClockConfig
from tests import factories
from tests.dialling import jobs
from tests.pages import add_member, client_of

__all__ = ["jobs"]

Post = Callable[..., HttpResponse]
NEW_YORK = Place(("America/New_York",), ("US", "US-NY"))
QUESTIONS = [
    {"key": "owner", "text": "Do you own your home?", "kind": "single", "options": ["Yes", "No"]},
    {"key": "wish", "text": "What matters most?", "kind": "text", "options": []},
]


@pytest.fixture(autouse=True)
def frozen_clock(settings: Settings, at: datetime) -> None:
    settings.CLOCK = ClockConfig(start=at, origin=time.time(), speed=1e-6)


@pytest.fixture
def agent(tenant: Tenant) -> Membership:
    return add_member(tenant, Role.AGENT, name="Alex Agent")


@pytest.fixture
def post(agent: Membership) -> Post:
    """Does an action of the desk as the agent."""
    client = client_of(agent)

    def act(action: str, **data: Any) -> HttpResponse:
        return client.post(f"/t/acme/desk/{action}", data, content_type="application/json")

    return act


@pytest.fixture
def state(agent: Membership) -> Callable[[], dict[str, Any]]:
    """What the agent's page is told."""
    client = client_of(agent)
    return lambda: client.get("/t/acme/desk/state").json()


@pytest.fixture
def campaign(tenant: Tenant) -> Campaign:
    """A running campaign with a script, questions and the usual dispositions."""
    create_disposition_set(name="Usual")
    version = factories.ScriptVersionFactory.create(
        text="Hello {first_name}, {agent_name} here for {seller_name}.", questions=QUESTIONS
    )
    found: Campaign = factories.CampaignFactory.create(
        name="Renewals",
        dial_mode="PROGRESSIVE",
        script_version=version,
        disposition_set=DispositionSet.objects.get(name="Usual"),
    )
    return found


@pytest.fixture
def lead(tenant: Tenant, at: datetime) -> Lead:
    """A landline in New York, with current registers that do not list it."""
    for code in ("US", "US-NY"):
        load_register(
            jurisdiction=code, listed_on=at.date(), numbers=["+16465550199"], is_sample=True, loaded_by="test", at=at
        )
    place = factories.PlaceFactory.create(zones=list(NEW_YORK.zones), jurisdictions=list(NEW_YORK.jurisdictions))
    found: Lead = factories.LeadFactory.create(
        phone="+12125550101", place=place, first_name="Ada", last_name="Byron", source="Spring fair"
    )
    return found


@pytest.fixture
def session(agent: Membership, campaign: Campaign, at: datetime) -> AgentSession:
    """An open shift on break, its line connected."""
    found: AgentSession = AgentSession.objects.create(
        user=agent.user,
        campaign=campaign,
        state=AgentState.BREAK,
        break_reason="LOGIN",
        state_since=at,
        seen_at=at,
        leg_sid="CA" + "1" * 32,
        is_leg_connected=True,
    )
    return found


def facts_of(lead: Lead, **changes: Any) -> dict[str, Any]:
    """Facts of an allowed sales call as the gate stores them."""
    known: dict[str, Any] = {
        "phone": lead.phone,
        "is_number_valid": True,
        "place": NEW_YORK,
        "purpose": Purpose.COMMERCIAL,
        "subject": Subject.CONSUMER,
        "dial_mode": DialMode.PROGRESSIVE,
        "on_national_dnc": False,
        "on_state_dnc": False,
        "on_entity_dnc": False,
        "attempts": (),
        "talks": (),
    }
    return facts_to_json(CallFacts(**{**known, **changes}))


def put_on_call(session: AgentSession, lead: Lead, at: datetime, state: AgentState = AgentState.ON_CALL) -> Attempt:
    """Give the agent a call with the lead, in the state wanted."""
    row = factories.CampaignLeadFactory.create(campaign=session.campaign, lead=lead, state=2)
    is_over = state == AgentState.WRAP_UP
    decision = factories.DecisionFactory.create(
        phone=lead.phone, decided_at=at, facts=facts_of(lead), rules=["US.hours"]
    )
    attempt: Attempt = factories.AttemptFactory.create(
        campaign=session.campaign,
        campaign_lead=row,
        decision=decision,
        reserved_at=at,
        agent=session.user,
        state=AttemptState.ENDED if is_over else AttemptState.CONNECTED,
        outcome="CONNECTED" if is_over else "",
        connected_at=at,
        settled_at=at if is_over else None,
        sid="CA" + "2" * 32,
    )
    session.state, session.attempt = state, attempt
    session.save()
    return attempt


@pytest.fixture
def on_call(session: AgentSession, lead: Lead, at: datetime) -> Attempt:
    """The agent talks to the lead."""
    return put_on_call(session, lead, at)


@pytest.fixture
def wrap_up(session: AgentSession, lead: Lead, at: datetime) -> Attempt:
    """The agent's call with the lead has just ended."""
    return put_on_call(session, lead, at, AgentState.WRAP_UP)


@pytest.fixture
def other_client(other_tenant: Tenant) -> Client:
    """An owner of another tenant."""
    return client_of(add_member(other_tenant, Role.OWNER))
