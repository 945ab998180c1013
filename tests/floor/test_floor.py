"""The floor: who sees it, and that its numbers are those of the rows."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from apps.accounts.models import Membership, Role
from apps.agents.models import AgentSession, AgentSpan, AgentState
from apps.agents.services import sessions
from apps.calls.models import Attempt
from apps.campaigns.models import Campaign, Disposition
from apps.leads.models import Lead
from apps.tenants.models import Tenant
from tests import factories
from tests.pages import add_member, count_queries, member_client

Floor = Callable[[], dict[str, Any]]


@pytest.mark.parametrize("path", ["", "state"])
def test_floor_is_for_those_who_supervise(tenant: Tenant, other_client: Client, path: str) -> None:
    url = f"/t/acme/floor/{path}"
    answers = {role: member_client(tenant, role).get(url).status_code for role in Role}
    assert answers == {
        Role.OWNER: 200,
        Role.MANAGER: 200,
        Role.SUPERVISOR: 200,
        Role.COMPLIANCE: 200,
        Role.AGENT: 403,
        Role.VENDOR: 403,
    }
    assert other_client.get(url).status_code == 404


def test_agent_on_a_call_is_shown_with_the_call(floor: Floor, session: AgentSession, on_call: Attempt) -> None:
    (row,) = floor()["agents"]
    assert (row["name"], row["campaign"]["name"], row["state"]) == ("Alex Agent", "Renewals", "ON_CALL")
    assert row["call"]["name"] == "Ada Byron"
    assert (row["is_line_on"], row["since"]) == (True, session.state_since.isoformat())


@pytest.mark.parametrize(
    ("role", "shown"), [(Role.SUPERVISOR, "•••\u00a00101"), (Role.MANAGER, "+1\u00a0212\u2011555\u20110101")]
)
def test_number_is_masked_by_role(tenant: Tenant, on_call: Attempt, role: Role, shown: str) -> None:
    row = member_client(tenant, role).get("/t/acme/floor/state").json()["agents"][0]
    assert row["call"]["phone"] == shown


def test_agents_without_a_shift_are_offline(tenant: Tenant, floor: Floor, session: AgentSession) -> None:
    add_member(tenant, Role.AGENT, name="Abby Absent")
    former = add_member(tenant, Role.AGENT, name="Gone")
    Membership.objects.filter(id=former.id).update(is_active=False)
    shown = [(row["name"], row["state"], row["session"]) for row in floor()["agents"]]
    assert shown == [("Alex Agent", "BREAK", session.id), ("Abby Absent", "OFFLINE", None)]


def test_states_are_counted_by_campaign(floor: Floor, session: AgentSession, campaign: Campaign) -> None:
    factories.CampaignFactory.create(name="Empty")
    factories.CampaignFactory.create(name="Draft", state="DRAFT")
    counted = {row["name"]: (row["total"], row["BREAK"], row["READY"]) for row in floor()["campaigns"]}
    assert counted == {"Renewals": (1, 1, 0), "Empty": (0, 0, 0)}


def test_figures_are_of_today_in_the_tenants_zone(
    floor: Floor, session: AgentSession, on_call: Attempt, at: datetime
) -> None:
    sale = Disposition.objects.filter(disposition_set=session.campaign.disposition_set, is_success=True).first()
    Attempt.objects.filter(id=on_call.id).update(talk_seconds=95, disposition=sale)
    row = floor()["agents"][0]
    assert (row["calls"], row["talk_seconds"], row["contacts"], row["successes"]) == (1, 95, 1, 1)
    # Before midnight in New York.
    Attempt.objects.filter(id=on_call.id).update(connected_at=at - timedelta(days=1))
    assert floor()["agents"][0]["calls"] == 0


def test_times_add_up_what_is_over_and_what_goes_on(floor: Floor, session: AgentSession, at: datetime) -> None:
    began = at - timedelta(minutes=30)
    AgentSession.objects.update(state_since=began)
    session.refresh_from_db()
    sessions.go_ready(session=session, at=at - timedelta(minutes=10))
    assert [(span.state, span.began_at, span.ended_at) for span in AgentSpan.objects.all()] == [
        ("BREAK", began, at - timedelta(minutes=10))
    ]
    assert floor()["agents"][0]["times"] == {"BREAK": 1200, "READY": 600}


def test_stretch_from_before_midnight_counts_from_midnight(floor: Floor, session: AgentSession, at: datetime) -> None:
    AgentSpan.objects.create(
        session=session,
        user=session.user,
        campaign=session.campaign,
        state="READY",
        began_at=at - timedelta(days=3),
        ended_at=at.replace(hour=5, minute=0, second=0, microsecond=0),
    )
    # Midnight in New York is 04:00 UTC in summer.
    assert floor()["agents"][0]["times"]["READY"] == 3600


def test_preview_that_is_offered_ends_the_ready_stretch(
    session: AgentSession, campaign: Campaign, lead: Lead, at: datetime
) -> None:
    AgentSession.objects.update(state=AgentState.READY, state_since=at - timedelta(minutes=1))
    row = factories.CampaignLeadFactory.create(campaign=campaign, lead=lead)
    assert sessions.offer_preview(session_id=session.id, campaign_lead_id=row.id, at=at)
    assert AgentSpan.objects.get().state == "READY"
    assert not sessions.offer_preview(session_id=session.id, campaign_lead_id=row.id, at=at)


def test_queries_do_not_grow_with_the_agents(tenant: Tenant, session: AgentSession, at: datetime) -> None:
    client = member_client(tenant)
    before = count_queries(client, "/t/acme/floor/state")
    for _ in range(3):
        AgentSession.objects.create(user=factories.UserFactory.create(), campaign=session.campaign, state_since=at)
        add_member(tenant, Role.AGENT)
    assert count_queries(client, "/t/acme/floor/state") == before
