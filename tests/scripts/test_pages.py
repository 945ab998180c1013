from datetime import datetime
from typing import Any

import pytest
from django.test import Client

from apps.accounts.models import Role
from apps.scripts.domain.questions import END, Kind, Question, Rule, read_questions
from apps.scripts.domain.wording import Disclosure, Rebuttal, Wording
from apps.scripts.models import Script, ScriptVersion
from apps.scripts.services.approval import submit_version
from apps.scripts.services.writing import create_script, put_question
from apps.tenants.models import Tenant
from apps.tenants.scope import tenant_scope
from tests import factories
from tests.pages import count_queries, member_client

BASE = "/t/acme/scripts/"


def make(at: datetime, name: str = "Spring") -> Script:
    questions = [
        Question("Which colour?", Kind.SINGLE, ("White", "Brown"), rules=(Rule(END, "Brown"),)),
        Question("How many?", Kind.NUMBER),
    ]
    wording = Wording(
        "Hello {first_name}",
        rebuttals=(Rebuttal("No time", "One minute, {first_name}."),),
        disclosures=(Disclosure("US-CA", "This call is recorded."),),
        call_to_action="Book a visit.",
    )
    return create_script(name=name, wording=wording, questions=questions, created_by=None, at=at).script


def words(**values: str) -> dict[str, str]:
    """The words' form as a browser sends it."""
    counts = {f"{rows}-{part}_FORMS": "1" for rows in ("rebuttals", "disclosures") for part in ("TOTAL",)}
    zeros = {f"{rows}-INITIAL_FORMS": "0" for rows in ("rebuttals", "disclosures")}
    return {"name": "Spring", "kind": "SURVEY", "text": "Hello {first_name}", **counts, **zeros, **values}


def question(**values: str) -> dict[str, str]:
    return {"text": "Own?", "kind": "single", "options": "Yes\r\n No ", "then": "", **values}


def questions_of(script: Script) -> tuple[Question, ...]:
    return read_questions(ScriptVersion.objects.filter(script=script).latest("number").questions)


def test_script_list_costs_the_same_for_one_and_three_rows(tenant: Tenant, at: datetime) -> None:
    client = member_client(tenant)
    costs = []
    for number in range(3):
        version = make(at, f"Script {number}").versions.get()
        factories.CampaignFactory.create(name=f"Campaign {number}", script_version=version)
        costs.append(count_queries(client, BASE))
    assert costs[2] == costs[0]
    html = client.get(BASE).content.decode()
    assert [html.count(f"Campaign {number}</a>") for number in range(3)] == [1, 1, 1]


def test_script_create_saves_words_and_goes_on_to_the_questions(tenant: Tenant) -> None:
    rows = {
        "rebuttals-0-objection": "No time",
        "rebuttals-0-answer": "One minute.",
        "disclosures-0-jurisdiction": "US-CA",
        "disclosures-0-text": "Recorded.",
    }
    response = member_client(tenant).post(f"{BASE}new/", words(call_to_action="Bye", **rows))
    version = ScriptVersion.objects.get()
    assert (response.status_code, response["Location"]) == (302, f"{BASE}{version.script_id}/edit/")
    assert (version.kind, version.state, version.call_to_action) == ("SURVEY", "DRAFT", "Bye")
    assert version.rebuttals == [{"objection": "No time", "answer": "One minute."}]
    assert version.disclosures == [{"jurisdiction": "US-CA", "text": "Recorded."}]


def test_script_create_shows_errors_and_keeps_what_was_typed(tenant: Tenant) -> None:
    data = words(text="Hello\n{frist_name}", **{"rebuttals-0-objection": "Too dear", "disclosures-0-text": "Recorded."})
    html = member_client(tenant).post(f"{BASE}new/", data).content.decode()
    assert "Line 2: {frist_name} is not a variable; did you mean {first_name}?" in html
    assert html.count("Fill in both, or empty both.") == 2
    assert 'value="Too dear"' in html
    assert ScriptVersion.objects.count() == 0


def test_script_create_refuses_a_taken_name_beside_the_field(tenant: Tenant, at: datetime) -> None:
    make(at)
    response = member_client(tenant).post(f"{BASE}new/", words(name="spring"))
    assert response.context["forms"].form.errors == {
        "name": ["Another script is called “spring”: choose another name."]
    }


def test_builder_offers_one_more_row_and_saves_nothing(tenant: Tenant, at: datetime) -> None:
    script = make(at)
    response = member_client(tenant).post(f"{BASE}{script.id}/edit/", words(name="Other", add="rebuttals"))
    assert len(response.context["forms"].rebuttals.forms) == 2
    assert Script.objects.get().name == "Spring"


def test_builder_saves_the_words(tenant: Tenant, at: datetime) -> None:
    script = make(at)
    response = member_client(tenant).post(f"{BASE}{script.id}/edit/", words(name="Summer", text="Good day"))
    assert response["Location"] == f"{BASE}{script.id}/edit/"
    version = script.versions.get()
    assert (version.text, version.kind, version.rebuttals) == ("Good day", "SURVEY", [])
    assert len(version.questions) == 2


def test_builder_shows_questions_branches_faults_and_picture(tenant: Tenant, at: datetime) -> None:
    script = make(at)
    lost = Question("Where?", Kind.TEXT, then="gone")
    put_question(script_id=script.id, question=lost, changed_by=None, at=at)
    html = member_client(tenant).get(f"{BASE}{script.id}/edit/").content.decode()
    assert "<strong>Brown</strong> → End: call to action" in html
    assert "leads to a question that is not there" in html
    assert '<svg class="flow"' in html
    assert 'id="question-which_colour"' in html


def test_variables_offer_the_custom_fields_of_leads(tenant: Tenant) -> None:
    factories.LeadFactory.create(custom={"roof": "tile"})
    html = member_client(tenant).get(f"{BASE}new/").content.decode()
    assert 'data-insert="{custom.roof}"' in html
    assert 'data-insert="{first_name}"' in html


@pytest.mark.parametrize(
    ("posted", "expected"),
    [
        ({}, Question("Own?", Kind.SINGLE, ("Yes", "No"), "own")),
        (
            {"is_required": "on", "go_d7b22d18": END, "then": "how_many"},
            Question("Own?", Kind.SINGLE, ("Yes", "No"), "own", True, (Rule(END, "No"),), "how_many"),
        ),
        (
            {"kind": "number", "options": "", "least_0": "18", "range_0": END, "most_1": "5", "range_1": "how_many"},
            Question("Own?", Kind.NUMBER, (), "own", rules=(Rule(END, least=18), Rule("how_many", most=5))),
        ),
        ({"kind": "say", "options": "", "is_required": "on"}, Question("Own?", Kind.SAY, key="own")),
        (
            {"kind": "text", "options": "", "is_sensitive": "on"},
            Question("Own?", Kind.TEXT, key="own", is_sensitive=True),
        ),
    ],
)
def test_question_is_added_with_its_branches(
    tenant: Tenant, at: datetime, posted: dict[str, str], expected: Question
) -> None:
    script = make(at)
    client = member_client(tenant)
    page = client.post(f"{BASE}{script.id}/add-question/", question(**posted, refresh="1"))
    names = {field.label: field.name for field in page.context["form"]}
    posted = {names["“No”"] if name.startswith("go_") else name: value for name, value in posted.items()}
    response = client.post(f"{BASE}{script.id}/add-question/", question(**posted))
    assert response["Location"] == f"{BASE}{script.id}/edit/#question-own"
    assert questions_of(script)[-1] == expected


def test_question_may_be_put_before_another_and_followed_by_the_next(tenant: Tenant, at: datetime) -> None:
    script = make(at)
    url = f"{BASE}{script.id}/add-question/"
    response = member_client(tenant).post(f"{url}?before=how_many", question(another="1"))
    assert response["Location"] == url
    assert [item.key for item in questions_of(script)] == ["which_colour", "own", "how_many"]


def test_question_page_shows_what_is_wrong_beside_the_field(tenant: Tenant, at: datetime) -> None:
    script = make(at)
    response = member_client(tenant).post(f"{BASE}{script.id}/add-question/", question(options="Only this"))
    assert response.context["form"].errors == {"options": ["Give at least two options, one a line."]}
    response = member_client(tenant).post(f"{BASE}{script.id}/add-question/", question(text="{name}"))
    assert list(response.context["form"].errors) == ["text"]


def test_question_page_keeps_a_branch_to_a_question_that_is_gone(tenant: Tenant, at: datetime) -> None:
    script = make(at)
    url = f"{BASE}{script.id}/questions/which_colour/"
    branch = Question("Which colour?", Kind.SINGLE, ("A", "B"), "which_colour", rules=(Rule("gone", "A"),))
    put_question(script_id=script.id, question=branch, changed_by=None, at=at)
    html = member_client(tenant).get(url).content.decode()
    assert '<option value="gone" selected>A question that is not there any more</option>' in html


def test_question_is_moved_and_removed_by_post_only(tenant: Tenant, at: datetime) -> None:
    script, client = make(at), member_client(tenant)
    url = f"{BASE}{script.id}/questions/how_many/"
    assert client.get(f"{url}move/").status_code == 405
    client.post(f"{url}move/", {"to": "up"})
    assert [item.key for item in questions_of(script)] == ["how_many", "which_colour"]
    client.post(f"{url}remove/")
    assert [item.key for item in questions_of(script)] == ["which_colour"]
    assert client.get(url).status_code == 404


def test_script_detail_shows_the_version_asked_for(tenant: Tenant, at: datetime) -> None:
    script = make(at)
    factories.CampaignFactory.create(name="Windows", script_version=script.versions.get())
    client = member_client(tenant)
    html = client.get(f"{BASE}{script.id}/?version=1").content.decode()
    for text in ("Hello Ada", "White · Brown", "Windows</a>", "One minute, Ada.", "California", "Book a visit."):
        assert text in html, text
    assert client.get(f"{BASE}{script.id}/?version=2").status_code == 404


def test_test_run_shows_the_disclosures_of_the_place(tenant: Tenant, at: datetime) -> None:
    script = make(at)
    client = member_client(tenant, Role.COMPLIANCE)
    runs = {place: client.get(f"{BASE}{script.id}/run/", {"place": place}) for place in ("US-CA", "US-NY")}
    texts = {place: [item["text"] for item in page.context["pane"]["disclosures"]] for place, page in runs.items()}
    assert texts == {"US-CA": ["This call is recorded."], "US-NY": []}


def decide(client: Client, script: Script, **values: Any) -> None:
    client.post(f"{BASE}{script.id}/decide/", {"version": "1", **values})


@pytest.mark.parametrize(
    ("role", "state"), [(Role.COMPLIANCE, "APPROVED"), (Role.OWNER, "APPROVED"), (Role.MANAGER, "SUBMITTED")]
)
def test_version_is_approved_by_those_who_may(tenant: Tenant, at: datetime, role: Role, state: str) -> None:
    script = make(at)
    member_client(tenant).post(f"{BASE}{script.id}/submit/")
    client = member_client(tenant, role)
    assert ("waits for your approval" in client.get(f"{BASE}{script.id}/").content.decode()) == (state == "APPROVED")
    decide(client, script, decision="approve")
    assert script.versions.get().state == state


def test_version_is_sent_back_with_the_reason_shown(tenant: Tenant, at: datetime) -> None:
    script = make(at)
    submit_version(version_id=script.versions.get().id, submitted_by=None, at=at)
    client = member_client(tenant, Role.COMPLIANCE)
    assert "waits for approval" in client.get(BASE).content.decode()
    decide(client, script, decision="return")
    assert script.versions.get().state == "SUBMITTED"
    decide(client, script, decision="return", reason="Name the seller.")
    assert "Name the seller." in member_client(tenant).get(f"{BASE}{script.id}/").content.decode()


def test_script_archive_and_restore_by_post_only(tenant: Tenant, at: datetime) -> None:
    script, client = make(at), member_client(tenant)
    assert client.get(f"{BASE}{script.id}/archive/").status_code == 405
    client.post(f"{BASE}{script.id}/archive/")
    assert "Spring</a>" in client.get(f"{BASE}?archived=1").content.decode()
    client.post(f"{BASE}{script.id}/restore/")
    assert "Spring</a>" in client.get(BASE).content.decode()


PATHS = ["", "run/", "edit/", "add-question/", "questions/how_many/", "questions/how_many/move/"]
PATHS += ["questions/how_many/remove/", "submit/", "archive/", "restore/"]


@pytest.mark.parametrize("path", PATHS)
def test_script_of_another_tenant_is_not_found(tenant: Tenant, other_tenant: Tenant, at: datetime, path: str) -> None:
    with tenant_scope(other_tenant.id):
        theirs = make(at)
    client = member_client(tenant)
    answers = {
        client.get(f"{BASE}{theirs.id}/{path}").status_code,
        client.post(f"{BASE}{theirs.id}/{path}").status_code,
    }
    assert answers <= {404, 405}
    assert 404 in answers


@pytest.mark.parametrize(
    ("role", "status", "writes"),
    [
        (Role.OWNER, 200, 200),
        (Role.MANAGER, 200, 200),
        (Role.COMPLIANCE, 200, 403),
        (Role.AGENT, 403, 403),
        (Role.SUPERVISOR, 403, 403),
    ],
)
def test_scripts_are_seen_and_written_by_role(tenant: Tenant, role: Role, status: int, writes: int) -> None:
    client = member_client(tenant, role)
    assert (client.get(BASE).status_code, client.get(f"{BASE}new/").status_code) == (status, writes)
