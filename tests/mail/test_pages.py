"""A manager's pages of e-mail, and the desk's dialog."""

import json
from collections.abc import Callable
from datetime import datetime

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from apps.accounts.models import Membership, Role
from apps.agents.models import AgentSession, AgentState
from apps.audit.models import AuditEntry
from apps.leads.models import Lead
from apps.mail.models import Email, MailStop, MailTemplate
from apps.mail.services import sending
from apps.tenants.models import Tenant
from tests import factories
from tests.dialling import Jobs
from tests.mail.conftest import Write
from tests.pages import add_member, client_of, count_queries, member_client

Ask = Callable[..., tuple[int, dict[str, object]]]


@pytest.fixture
def manager(tenant: Tenant) -> Client:
    return member_client(tenant, Role.MANAGER)


FORM = {"name": "Welcome", "kind": "INTRO", "subject": "Hello {first_name}", "body": "Text", "is_active": "on"}


def test_managers_write_and_change_templates(manager: Client) -> None:
    assert manager.post("/t/acme/mail/new/", FORM).status_code == 302
    template = MailTemplate.objects.get(name="Welcome")
    page = manager.get(f"/t/acme/mail/templates/{template.id}/").content.decode()
    assert "Hello Ada" in page
    assert "100 Example Street" in page
    manager.post(f"/t/acme/mail/templates/{template.id}/", {**FORM, "subject": "Good day", "is_active": ""})
    template.refresh_from_db()
    assert (template.subject, template.is_active) == ("Good day", False)
    actions = AuditEntry.objects.filter(target=f"mail_template:{template.id}").order_by("id")
    assert list(actions.values_list("action", flat=True)) == ["mail_template.created", "mail_template.changed"]


@pytest.mark.parametrize(
    "changes", [{"name": "thanks"}, {"subject": "{nobody}"}, {"body": "{"}, {"body": ""}, {"kind": "SPAM"}]
)
def test_a_template_that_would_not_read_is_refused(
    manager: Client, template: MailTemplate, changes: dict[str, str]
) -> None:
    answer = manager.post("/t/acme/mail/new/", {**FORM, **changes})
    assert (answer.status_code, MailTemplate.objects.count()) == (200, 1)
    assert set(answer.context["form"].errors) == set(changes)


def test_sent_emails_are_listed_with_what_became_of_them(manager: Client, write: Write, at: datetime) -> None:
    email = write()
    sending.send_email(tenant_id=email.tenant_id, email_id=email.id, at=at)
    pages = [manager.get("/t/acme/mail/sent/"), manager.get(f"/t/acme/lists/leads/{email.lead_id}/")]
    assert all("Thank you, Ada" in page.content.decode() and ">Sent<" in page.content.decode() for page in pages)


def test_list_of_sent_emails_asks_as_often_for_three_as_for_one(manager: Client, write: Write, lead: Lead) -> None:
    write()
    one = count_queries(manager, "/t/acme/mail/sent/")
    for number in range(2):
        write(template=MailTemplate.objects.create(name=f"T{number}", subject="x", body="y"))
    assert count_queries(manager, "/t/acme/mail/sent/") == one


def test_a_manager_stops_emails_to_an_address(manager: Client) -> None:
    assert manager.post("/t/acme/mail/stopped/add/", {"address": "nonsense"}).status_code == 422
    manager.post("/t/acme/mail/stopped/add/", {"address": "Eve@people.example.test"})
    assert list(MailStop.objects.values_list("address", "source")) == [("eve@people.example.test", "MANAGER")]
    assert "eve@people.example.test" in manager.get("/t/acme/mail/stopped/").content.decode()


def test_the_page_says_what_hinders(manager: Client, tenant: Tenant, settings: Settings) -> None:
    assert manager.get("/t/acme/mail/").context["hindrance"] == ""
    Tenant.objects.filter(id=tenant.id).update(postal_address="")
    assert "postal address" in manager.get("/t/acme/mail/").context["hindrance"]
    settings.MAIL_IS_ON = False
    assert "no mail server" in manager.get("/t/acme/mail/").context["hindrance"]


@pytest.fixture
def seat(tenant: Tenant, lead: Lead, at: datetime) -> Membership:
    """An agent with the lead on the screen for preview."""
    member = add_member(tenant, Role.AGENT, name="Alex Agent")
    row = factories.CampaignLeadFactory.create(lead=lead, state=2)
    AgentSession.objects.create(
        user=member.user, campaign=row.campaign, state=AgentState.PREVIEW, preview_lead=row, state_since=at, seen_at=at
    )
    return member


@pytest.fixture
def ask(seat: Membership) -> Ask:
    client = client_of(seat)

    def act(action: str, **data: object) -> tuple[int, dict[str, object]]:
        url = f"/t/acme/desk/mail{action}"
        answer = client.post(url, json.dumps(data), content_type="application/json") if action else client.get(url)
        return answer.status_code, answer.json()

    return act


def row_id() -> int:
    return int(AgentSession.objects.get().preview_lead_id or 0)


def test_the_desk_shows_the_letter_before_it_is_sent(ask: Ask, template: MailTemplate) -> None:
    MailTemplate.objects.create(name="Old", subject="x", body="y", is_active=False)
    status, shown = ask("")
    assert (status, shown["address"], shown["refusal"]) == (200, "Ada@people.example.test", "")
    assert shown["templates"] == [
        {
            "id": template.id,
            "name": "Thanks",
            "kind": "Follow-up, after the call",
            "subject": "Thank you, Ada",
            "body": "Hello Ada,\n\nbye.",
        }
    ]
    assert "100 Example Street" in str(shown["footer"])


def test_the_desk_sends_to_the_person_on_the_screen(ask: Ask, template: MailTemplate, jobs: Jobs) -> None:
    status, _ = ask("/send", campaign_lead=row_id(), template=template.id)
    email = Email.objects.get()
    assert (status, email.subject, str(email.sender)) == (200, "Thank you, Ada", "Alex Agent")
    _, shown = ask("")
    assert [item["state"] for item in shown["sent"]] == ["QUEUED"]  # type: ignore[attr-defined]  # a list of JSON
    status, answer = ask("/send", campaign_lead=row_id(), template=template.id)
    assert (status, answer["error"]["code"]) == (409, "just_written")  # type: ignore[index]  # JSON


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"campaign_lead": 10**9}, 409, "no_call"),
        ({"template": 10**9}, 422, "invalid"),
        ({"template": "x"}, 422, "invalid"),
        ({"address": "eve@people.example.test"}, 422, "invalid"),
    ],
)
def test_the_desk_refuses_what_is_not_meant(
    ask: Ask, template: MailTemplate, changes: dict[str, object], status: int, code: str
) -> None:
    found, answer = ask("/send", **{"campaign_lead": row_id(), "template": template.id, **changes})
    assert (found, answer["error"]["code"]) == (status, code)  # type: ignore[index]  # JSON
    assert not Email.objects.exists()


def test_an_agent_is_told_that_no_more_emails_are_wanted(ask: Ask, template: MailTemplate) -> None:
    status, _ = ask("/stop", campaign_lead=row_id())
    assert (status, MailStop.objects.get().source) == (200, "AGENT")
    _, shown = ask("")
    assert shown["refusal"] == "This address has asked for no more e-mails."


def test_an_agent_without_anybody_on_the_screen_writes_to_nobody(ask: Ask) -> None:
    AgentSession.objects.update(state=AgentState.BREAK, preview_lead=None)
    assert ask("")[0] == 409
