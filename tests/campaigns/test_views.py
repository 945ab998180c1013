from datetime import time
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.http import HttpResponse
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from apps.accounts.models import Role
from apps.audit.models import AuditEntry
from apps.campaigns.models import Campaign, CampaignList, Disposition
from apps.leads.models import LeadList
from apps.tenants.models import Tenant
from apps.tenants.scope import tenant_scope
from tests import factories

QUERIES_OF_LIST = 15


@pytest.fixture
def web(client: Client, tenant: Tenant) -> Client:
    """A manager's browser."""
    client.force_login(factories.MembershipFactory.create(role=Role.MANAGER).user)
    return client


@pytest.fixture
def spring(tenant: Tenant) -> LeadList:
    factories.ScriptVersionFactory.create(script__name="Renewal")
    factories.CallerIdFactory.create()
    return factories.LeadListFactory.create(name="Spring")


def defaults(web: Client, lead_list: LeadList, **changes: Any) -> dict[str, Any]:
    """What the form sends when a person names the campaign, ticks the list and leaves the rest."""
    form = web.get("/t/acme/campaigns/new/").context["form"]
    data = {name: form[name].value() for name in form.fields}
    return {k: v for k, v in ({**data, "name": "Spring", "lists": [lead_list.id]} | changes).items() if v is not None}


def texts(response: HttpResponse) -> list[str]:
    return [str(message) for message in get_messages(response.wsgi_request)]


def test_name_and_list_are_enough_to_start(web: Client, spring: LeadList) -> None:
    response = web.post("/t/acme/campaigns/new/", defaults(web, spring, start="1"))
    campaign = Campaign.objects.get()
    assert response.headers["Location"] == f"/t/acme/campaigns/{campaign.id}/"
    assert (campaign.state, campaign.dial_mode, campaign.call_from, campaign.weekdays) == (
        "RUNNING",
        "PROGRESSIVE",
        time(9),
        [1, 2, 3, 4, 5, 6],
    )
    assert list(CampaignList.objects.values_list("lead_list__name", flat=True)) == ["Spring"]
    assert Disposition.objects.filter(disposition_set=campaign.disposition_set, code="SALE").count() == 1


def test_save_as_draft_starts_nothing(web: Client, spring: LeadList) -> None:
    web.post("/t/acme/campaigns/new/", defaults(web, spring))
    assert Campaign.objects.get().state == "DRAFT"


def test_start_that_is_not_possible_keeps_the_draft_and_says_why(web: Client, spring: LeadList) -> None:
    account = factories.ProviderAccountFactory.create()
    caller_id = factories.CallerIdFactory.create(account=account)
    data = defaults(web, spring, start="1", caller_id=caller_id.id)
    response = web.post("/t/acme/campaigns/new/", data)
    campaign = Campaign.objects.get()
    account.is_active = False
    account.save()
    campaign.state = "DRAFT"
    campaign.save()
    response = web.post(f"/t/acme/campaigns/{campaign.id}/change/", {"change": "start"})
    campaign.refresh_from_db()
    assert (campaign.state, texts(response)[-1]) == (
        "DRAFT",
        "The carrier account is stopped: disabled by a manager.",
    )


def test_start_in_the_future_is_scheduled(web: Client, spring: LeadList) -> None:
    web.post("/t/acme/campaigns/new/", defaults(web, spring, start="1", starts_at="2099-01-05T09:00"))
    campaign = Campaign.objects.get()
    assert (campaign.state, campaign.starts_at.isoformat()) == ("SCHEDULED", "2099-01-05T14:00:00+00:00")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "TAKEN"}, "name"),
        ({"lists": []}, "lists"),
        ({"call_from": "20:00", "call_until": "09:00"}, "call_until"),
        ({"ring_seconds": 10}, "__all__"),
        ({"weekdays": []}, "weekdays"),
        ({"starts_at": "2030-01-02T09:00", "ends_at": "2030-01-01T09:00"}, "ends_at"),
        ({"NO_ANSWER_times": -1}, "NO_ANSWER_times"),
    ],
)
def test_form_names_the_field_to_correct(web: Client, spring: LeadList, changes: dict[str, object], field: str) -> None:
    factories.CampaignFactory.create(name="Taken")
    response = web.post("/t/acme/campaigns/new/", defaults(web, spring, **changes))
    assert (list(response.context["form"].errors), Campaign.objects.count()) == ([field], 1)


def test_lists_of_another_tenant_cannot_be_chosen(web: Client, spring: LeadList, other_tenant: Tenant) -> None:
    with tenant_scope(other_tenant.id):
        foreign = factories.LeadListFactory.create(name="Foreign")
    response = web.post("/t/acme/campaigns/new/", defaults(web, spring, lists=[foreign.id]))
    assert (list(response.context["form"].errors), b"Foreign" in response.content) == (["lists"], False)


def test_retry_plan_leaves_out_outcomes_tried_no_more(web: Client, spring: LeadList) -> None:
    data = defaults(web, spring, BUSY_times=0, NO_ANSWER_times=2, NO_ANSWER_minutes=45)
    web.post("/t/acme/campaigns/new/", data)
    plan = Campaign.objects.get().retry_plan
    assert ("BUSY" in plan, plan["NO_ANSWER"]) == (False, {"minutes": 45, "times": 2})


def test_edit_changes_the_campaign_and_its_lists_and_is_audited(web: Client, spring: LeadList) -> None:
    web.post("/t/acme/campaigns/new/", defaults(web, spring))
    campaign = Campaign.objects.get()
    summer = factories.LeadListFactory.create(name="Summer")
    url = f"/t/acme/campaigns/{campaign.id}/edit/"
    form = web.get(url).context["form"]
    data = {name: form[name].value() for name in form.fields} | {"lists": [summer.id], "max_attempts": 3}
    web.post(url, {name: value for name, value in data.items() if value is not None})
    campaign.refresh_from_db()
    lists = list(CampaignList.objects.values_list("lead_list__name", flat=True))
    changes = AuditEntry.objects.filter(action="campaign.changed").get().data["changes"]
    assert (campaign.max_attempts, lists, changes) == (3, ["Summer"], {"max_attempts": ["6", "3"]})


@pytest.mark.parametrize(
    ("before", "change", "after"),
    [
        ("RUNNING", "pause", "PAUSED"),
        ("PAUSED", "resume", "RUNNING"),
        ("RUNNING", "complete", "COMPLETED"),
        ("PAUSED", "archive", "ARCHIVED"),
        ("ARCHIVED", "start", "ARCHIVED"),
        ("RUNNING", "archive", "RUNNING"),
    ],
)
def test_life_buttons(web: Client, spring: LeadList, before: str, change: str, after: str) -> None:
    web.post("/t/acme/campaigns/new/", defaults(web, spring))
    Campaign.objects.update(state=before)
    campaign = Campaign.objects.get()
    web.post(f"/t/acme/campaigns/{campaign.id}/change/", {"change": change})
    campaign.refresh_from_db()
    assert campaign.state == after


def test_unknown_change_does_not_exist(web: Client, tenant: Tenant) -> None:
    campaign = factories.CampaignFactory.create()
    assert web.post(f"/t/acme/campaigns/{campaign.id}/change/", {"change": "explode"}).status_code == 404


def test_changes_need_a_post(web: Client, tenant: Tenant) -> None:
    campaign = factories.CampaignFactory.create()
    assert web.get(f"/t/acme/campaigns/{campaign.id}/change/").status_code == 405


def test_supervisor_sees_campaigns_but_changes_none(client: Client, tenant: Tenant) -> None:
    client.force_login(factories.MembershipFactory.create(role=Role.SUPERVISOR).user)
    campaign = factories.CampaignFactory.create()
    statuses = [
        client.get("/t/acme/campaigns/").status_code,
        client.get("/t/acme/campaigns/new/").status_code,
        client.get(f"/t/acme/campaigns/{campaign.id}/edit/").status_code,
        client.post(f"/t/acme/campaigns/{campaign.id}/change/", {"change": "pause"}).status_code,
    ]
    assert statuses == [200, 403, 403, 403]


def test_campaign_of_another_tenant_cannot_be_touched(web: Client, other_tenant: Tenant) -> None:
    with tenant_scope(other_tenant.id):
        campaign = factories.CampaignFactory.create()
    statuses = [
        web.get(f"/t/acme/campaigns/{campaign.id}/edit/").status_code,
        web.post(f"/t/acme/campaigns/{campaign.id}/change/", {"change": "pause"}).status_code,
    ]
    with tenant_scope(other_tenant.id):
        campaign.refresh_from_db()
    assert (statuses, campaign.state) == ([404, 404], "RUNNING")


def test_list_hides_archived_campaigns_until_asked(web: Client, tenant: Tenant) -> None:
    factories.CampaignFactory.create(name="Old", state="ARCHIVED")
    factories.CampaignFactory.create(name="New")
    names = [
        [campaign.name for campaign in web.get(f"/t/acme/campaigns/{query}").context["page"]]
        for query in ("", "?state=ARCHIVED", "?q=ne", "?state=nonsense")
    ]
    assert names == [["New"], ["Old"], ["New"], ["New"]]


@pytest.mark.parametrize("rows", [1, 3])
def test_list_needs_the_same_queries_for_one_and_three(
    web: Client, rows: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    factories.CampaignFactory.create_batch(rows)
    with django_assert_num_queries(QUERIES_OF_LIST):
        web.get("/t/acme/campaigns/")


# --- the words of the platform itself


def test_the_form_shows_what_people_hear_in_the_campaigns_language(web: Client, spring: LeadList) -> None:
    web.post("/t/acme/campaigns/new/", defaults(web, spring, language="tr", voicemail_text="Teklifiniz hazır."))  # noqa: RUF001 - Turkish
    campaign = Campaign.objects.get()

    page = web.get(f"/t/acme/campaigns/{campaign.id}/edit/").content.decode()

    assert campaign.language == "tr"
    assert '<option value="tr" selected>Türkçe</option>' in page
    assert '<dd lang="tr" dir="ltr">Sizi Acme' in page
    assert "Teklifiniz hazır. Bize" in page  # noqa: RUF001 - Turkish


@pytest.mark.parametrize(
    ("language", "shown"), [("ar", 'lang="ar" dir="rtl">معكم'), ("es", 'lang="es" dir="ltr">Esta'), ("x", 'lang="en"')]
)
def test_the_words_follow_the_language_chosen(web: Client, language: str, shown: str) -> None:
    page = web.get("/t/acme/campaigns/announcements/", {"language": language, "voicemail_text": "عرضكم جاهز"})

    assert page.content.decode().count(shown.partition(">")[0]) == 11
    assert (shown in page.content.decode(), "عرضكم جاهز" in page.content.decode()) == (True, True)


def test_a_language_that_is_not_spoken_cannot_be_chosen(web: Client, spring: LeadList) -> None:
    response = web.post("/t/acme/campaigns/new/", defaults(web, spring, language="ja"))

    assert (list(response.context["form"].errors), Campaign.objects.count()) == (["language"], 0)


@pytest.mark.parametrize("field", ["starts_at", "ends_at"])
def test_a_time_that_could_not_be_read_again_is_refused(web: Client, spring: LeadList, field: str) -> None:
    response = web.post("/t/acme/campaigns/new/", defaults(web, spring, **{field: "9999-12-31T23:59"}))
    assert response.context["form"].errors[field] == ["Enter a valid date/time."]
    assert not Campaign.objects.exists()


def test_a_message_for_machines_holds_nothing_that_cannot_be_said(web: Client, spring: LeadList) -> None:
    web.post("/t/acme/campaigns/new/", defaults(web, spring, voicemail_text="Hello\x0bthere\x01.\r\nCall  us."))
    assert Campaign.objects.get().voicemail_text == "Hello\nthere .\nCall us."
