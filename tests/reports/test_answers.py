"""Answers of a campaign: figures, the file, and who may have it."""

import csv
from datetime import datetime
from io import StringIO

import pytest
from django.test import Client

from apps.accounts.models import Role
from apps.audit.models import AuditEntry
from apps.calls.models import Attempt
from apps.calls.services.answers import keep_answers
from apps.campaigns.models import Campaign
from apps.leads.models import Lead
from apps.reports import answers
from apps.reports.answers import question_figures
from apps.scripts.models import ScriptVersion
from apps.tenants.models import Tenant
from tests import factories
from tests.pages import member_client

QUESTIONS = [
    {"key": "own", "text": "Own?", "kind": "single", "options": ["Yes", "No"]},
    {"key": "age", "text": "Age?", "kind": "number", "options": []},
]


@pytest.fixture
def version(tenant: Tenant) -> ScriptVersion:
    found: ScriptVersion = factories.ScriptVersionFactory.create(questions=QUESTIONS, script__name="Home survey")
    return found


@pytest.fixture
def campaign(version: ScriptVersion) -> Campaign:
    found: Campaign = factories.CampaignFactory.create(script_version=version, name="June")
    return found


def answer(campaign: Campaign, at: datetime, *, is_partial: bool = False, **values: str) -> Attempt:
    attempt: Attempt = factories.AttemptFactory.create(campaign=campaign, reserved_at=at, script_version=None)
    keep_answers(attempt=attempt, values=values, at=at, is_partial=is_partial)
    return attempt


def download(client: Client, url: str) -> list[dict[str, str]]:
    response = client.get(url)
    assert (response.status_code, response["Content-Type"]) == (200, "text/csv; charset=utf-8")
    text = b"".join(response.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined,arg-type]  # a stream
    return list(csv.DictReader(StringIO(text)))


def test_figures_count_what_was_answered_in_complete_calls(campaign: Campaign, at: datetime) -> None:
    for own, age in (("Yes", "20"), ("No", "41"), ("Yes", "")):
        answer(campaign, at, own=own, age=age)
    answer(campaign, at, own="No", is_partial=True)
    own, age = question_figures(campaign.id)
    assert (own.question, own.count, own.options) == ("Own?", 3, [("Yes", 2), ("No", 1)])
    assert (age.count, age.mean, age.least, age.most) == (2, 30.5, 20, 41)


def test_figures_show_the_newest_wording(campaign: Campaign, version: ScriptVersion, at: datetime) -> None:
    answer(campaign, at, own="Yes")
    newer = [{**QUESTIONS[0], "text": "Do you own it?"}]
    campaign.script_version = factories.ScriptVersionFactory.create(script=version.script, number=2, questions=newer)
    answer(campaign, at, own="Yes")
    assert [(item.question, item.count) for item in question_figures(campaign.id)] == [("Do you own it?", 2)]


def test_page_shows_bars_and_the_download_to_those_who_may(tenant: Tenant, campaign: Campaign, at: datetime) -> None:
    url = f"/t/acme/campaigns/{campaign.id}/answers/"
    assert "No answers yet" in member_client(tenant).get(url).content.decode()
    answer(campaign, at, own="Yes", age="30")
    pages = {role: member_client(tenant, role).get(url).content.decode() for role in (Role.MANAGER, Role.SUPERVISOR)}
    assert ["Own?" in page for page in pages.values()] == [True, True]
    assert ["Download all answers" in page for page in pages.values()] == [True, False]


def test_file_has_each_answer_with_its_question_as_worded(tenant: Tenant, campaign: Campaign, at: datetime) -> None:
    attempt = answer(campaign, at, own="Yes", age="30")
    rows = download(member_client(tenant), f"/t/acme/campaigns/{campaign.id}/answers.csv")
    assert [(row["key"], row["question"], row["answer"], row["number"]) for row in rows] == [
        ("own", "Own?", "Yes", ""),
        ("age", "Age?", "30", "30"),
    ]
    assert {(row["attempt"], row["script"], row["version"], row["complete"]) for row in rows} == {
        (str(attempt.id), "Home survey", "1", "yes")
    }
    entry = AuditEntry.objects.latest("id")
    assert (entry.action, entry.target) == ("answers.exported", f"campaign:{campaign.id}")


def test_file_cannot_run_formulas(tenant: Tenant, campaign: Campaign, at: datetime) -> None:
    attempt = answer(campaign, at, own='=HYPERLINK("x")', age="-5")
    Lead.objects.filter(id=attempt.lead_id).update(first_name="@SUM(A1)", last_name="+A1")
    row, number = download(member_client(tenant), f"/t/acme/campaigns/{campaign.id}/answers.csv")
    assert (row["answer"], row["first name"], row["last name"]) == ('\'=HYPERLINK("x")', "'@SUM(A1)", "'+A1")
    assert number["number"] == "-5"


def test_file_of_a_script_spans_versions_and_campaigns(
    tenant: Tenant, campaign: Campaign, version: ScriptVersion, at: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answers, "BATCH", 2)
    newer = factories.ScriptVersionFactory.create(script=version.script, number=2, questions=QUESTIONS)
    other = factories.CampaignFactory.create(script_version=newer, name="July")
    answer(campaign, at, own="Yes", age="1")
    answer(other, at, own="No", age="2")
    answer(factories.CampaignFactory.create(), at, own="Elsewhere")
    rows = download(member_client(tenant), f"/t/acme/scripts/{version.script_id}/answers.csv")
    assert [(row["campaign"], row["version"], row["answer"]) for row in rows] == [
        ("June", "1", "Yes"),
        ("June", "1", "1"),
        ("July", "2", "No"),
        ("July", "2", "2"),
    ]


@pytest.mark.parametrize(
    ("role", "status"), [(Role.OWNER, 200), (Role.COMPLIANCE, 200), (Role.SUPERVISOR, 403), (Role.AGENT, 403)]
)
def test_file_is_for_those_who_may(tenant: Tenant, campaign: Campaign, role: Role, status: int) -> None:
    assert member_client(tenant, role).get(f"/t/acme/campaigns/{campaign.id}/answers.csv").status_code == status


def test_answers_show_on_the_lead_and_in_the_attempts(tenant: Tenant, campaign: Campaign, at: datetime) -> None:
    attempt = answer(campaign, at, own="Yes", is_partial=True)
    client = member_client(tenant)
    for url in (f"lists/leads/{attempt.lead_id}/", f"campaigns/{campaign.id}/attempts/"):
        html = client.get(f"/t/acme/{url}").content.decode()
        assert "1 answer · not finished" in html, url
        assert "<dt>Own?</dt><dd>Yes</dd>" in html, url
