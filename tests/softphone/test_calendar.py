"""The desk's calendar and the agent's list of promises."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from apps.accounts.models import Membership, Role
from apps.agents.models import AgentSession
from apps.calls.models import Attempt, Callback
from apps.compliance.models import Evidence
from apps.compliance.services.suppression import add_dnc_entry
from apps.leads.models import Lead
from apps.tenants.models import Tenant
from tests import factories
from tests.pages import client_of, member_client
from tests.softphone.conftest import Post

Calendar = Callable[..., Any]


@pytest.fixture
def calendar(agent: Membership) -> Calendar:
    client = client_of(agent)
    return lambda personal="1": client.get(f"/t/acme/desk/calendar?personal={personal}")


def test_calendar_gives_the_lawful_hours_of_the_person_on_the_screen(
    calendar: Calendar, wrap_up: Attempt, at: datetime
) -> None:
    values = calendar().json()
    assert (values["campaign_lead"], values["reasons"], values["booked"]) == (wrap_up.campaign_lead_id, [], [])
    # It is 13:00 in New York, and the campaign calls from 9 to 20 there.
    now, first_end = values["open"][0]
    assert datetime.fromisoformat(now) - at <= timedelta(seconds=2)
    assert [first_end, *values["open"][1]] == [
        "2026-06-17T00:00:00+00:00",
        "2026-06-17T13:00:00+00:00",
        "2026-06-18T00:00:00+00:00",
    ]
    assert len(values["open"]) == 29


def test_calendar_shows_what_the_agent_has_promised_to_others(
    calendar: Calendar, wrap_up: Attempt, agent: Membership, at: datetime
) -> None:
    row = factories.CampaignLeadFactory.create(campaign=wrap_up.campaign, lead__first_name="Grace")
    colleague = factories.CampaignLeadFactory.create(campaign=wrap_up.campaign)
    due_at = at + timedelta(hours=3)
    Callback.objects.create(campaign_lead=row, agent=agent.user, due_at=due_at, zone="America/New_York")
    Callback.objects.create(campaign_lead=colleague, agent=None, due_at=due_at, zone="America/New_York")
    assert calendar().json()["booked"] == [{"at": due_at.isoformat(), "name": "Grace Byron"}]


def test_calendar_says_why_there_is_no_lawful_hour(calendar: Calendar, wrap_up: Attempt, at: datetime) -> None:
    add_dnc_entry(phone=wrap_up.phone, campaign_id=None, source=Evidence.AGENT, created_by="test", at=at)
    values = calendar().json()
    assert (values["open"], values["reasons"]) == ([], ["asked you not to call again"])


def test_calendar_is_that_of_the_person_on_the_screen_only(calendar: Calendar, session: AgentSession) -> None:
    answer = calendar()
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "no_call")


def test_a_promise_at_an_unlawful_time_is_refused_with_the_next_one(post: Post, wrap_up: Attempt, at: datetime) -> None:
    promised = {"local": "2026-06-16T21:30", "zone": "America/New_York", "personal": True}
    answer = post("dispose", disposition="CALLBK", callback=promised)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error["field"]) == (422, "callback_not_lawful", "callback")
    assert error["next_at"] == "2026-06-17T13:00:00Z"
    assert not Callback.objects.exists()


def test_a_time_that_the_clocks_skip_is_refused(post: Post, wrap_up: Attempt) -> None:
    promised = {"local": "2027-03-14T02:30", "zone": "America/New_York"}
    answer = post("dispose", disposition="CALLBK", callback=promised)
    assert (answer.status_code, answer.json()["error"]["message"]) == (
        422,
        "The clocks go forward then: this time does not exist there.",
    )


def test_agents_list_what_they_have_promised_and_nobody_elses(
    tenant: Tenant, agent: Membership, wrap_up: Attempt, at: datetime
) -> None:
    other = factories.UserFactory.create()
    for name, user, hours in (
        ("Due", agent.user, -1),
        ("Today", agent.user, 3),
        ("Week", agent.user, 80),
        ("No", other, 3),
    ):
        row = factories.CampaignLeadFactory.create(campaign=wrap_up.campaign, lead__first_name=name, lead__last_name="")
        Callback.objects.create(
            campaign_lead=row,
            agent=user,
            due_at=at + timedelta(hours=hours),
            zone="America/New_York",
            note=f"About {name}",
        )
    client = client_of(agent)
    groups = client.get("/t/acme/desk/callbacks/").context["groups"]
    assert [(str(heading), [item.note for item in items]) for heading, items in groups] == [
        ("Due now", ["About Due"]),
        ("Later today", ["About Today"]),
        ("In the next seven days", ["About Week"]),
    ]
    own, theirs = Callback.objects.get(note="About Today"), Callback.objects.get(note="About No")
    page = client.get(f"/t/acme/desk/callbacks/{own.id}/")
    assert (page.status_code, "About Today" in page.content.decode()) == (200, True)
    assert client.get(f"/t/acme/desk/callbacks/{theirs.id}/").status_code == 404


def test_supervisors_see_filter_give_and_cancel(tenant: Tenant, agent: Membership, lead: Lead, at: datetime) -> None:
    due, later = (factories.CampaignLeadFactory.create(state=3, lead__first_name=name) for name in ("Due", "Later"))
    first = Callback.objects.create(campaign_lead=due, agent=agent.user, due_at=at - timedelta(hours=1), zone="UTC")
    Callback.objects.create(campaign_lead=later, agent=None, due_at=at + timedelta(hours=1), zone="UTC")
    supervisor, url = member_client(tenant, Role.SUPERVISOR), "/t/acme/callbacks/"

    def listed(query: str = "") -> list[str]:
        return [item.campaign_lead.lead.first_name for item in supervisor.get(url + query).context["page"]]

    assert (listed(), listed("?due=1"), listed("?agent=pool")) == (["Due", "Later"], ["Due"], ["Later"])
    assert listed(f"?agent={agent.user_id}") == ["Due"]
    assert supervisor.post(f"{url}{first.id}/reassign/", {"agent": "pool"}).status_code == 302
    assert listed("?agent=pool") == ["Due", "Later"]
    assert supervisor.post(f"{url}{first.id}/reassign/", {"agent": "999999"}).status_code == 422
    assert supervisor.post(f"{url}{first.id}/cancel/", {"reason": ""}).status_code == 422
    assert supervisor.post(f"{url}{first.id}/cancel/", {"reason": "Twice"}).status_code == 302
    assert listed() == ["Later"]
    assert member_client(tenant, Role.AGENT).get(url).status_code == 403
