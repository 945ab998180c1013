"""Agents in every state of a shift."""

from datetime import datetime

import pytest

from apps.agents.models import AgentSession, AgentState
from apps.agents.services import sessions
from apps.campaigns.models import Campaign, CampaignLead, QueueState
from apps.tenants.models import Tenant
from tests.dialling import add_lead, open_campaign, reserve_one, seat_agent


@pytest.fixture
def campaign(tenant: Tenant, at: datetime) -> Campaign:
    return open_campaign(at)


def reread(session: AgentSession) -> AgentSession:
    return AgentSession.objects.get(id=session.id)


def seat(campaign: Campaign, at: datetime, state: AgentState, **values: object) -> AgentSession:
    """An agent in `state`, with the preview or the call that belongs to it."""
    if state == AgentState.PREVIEW:
        lead = add_lead(campaign)
        CampaignLead.objects.filter(id=lead.id).update(state=QueueState.RESERVED)
        values["preview_lead"] = lead
    if state in sessions.BUSY:
        values["attempt"] = reserve_one(campaign, at)
    return seat_agent(campaign, at, state=state, **values)
