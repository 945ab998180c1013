from datetime import datetime

import pytest

from apps.accounts.models import Role
from apps.scripts.domain.questions import Kind, Question
from apps.scripts.models import Script, ScriptVersion
from apps.scripts.services import create_script
from apps.tenants.models import Tenant
from apps.tenants.scope import tenant_scope
from tests import factories
from tests.pages import count_queries, member_client

BASE = "/t/acme/scripts/"


def make(at: datetime, name: str = "Spring") -> Script:
    questions = [Question("Which colour?", Kind.SINGLE, ("White", "Brown"))]
    return create_script(name=name, text="Hello {first_name}", questions=questions, created_by=None, at=at).script


def posted(*rows: dict[str, str], **values: str) -> dict[str, str]:
    data = {"questions-TOTAL_FORMS": str(len(rows)), "questions-INITIAL_FORMS": "0", **values}
    for number, row in enumerate(rows):
        data |= {f"questions-{number}-{name}": value for name, value in row.items()}
    return data


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


def test_script_create_saves_text_and_questions(tenant: Tenant) -> None:
    rows = [
        {"text": "How many?", "kind": "number", "options": "", "ORDER": "2"},
        {"text": "Which?", "kind": "single", "options": "White\r\n Brown ", "ORDER": "1"},
        {"text": "", "kind": "text", "options": ""},
    ]
    response = member_client(tenant).post(f"{BASE}new/", posted(*rows, name="Spring", text="Hello {first_name}"))
    version = ScriptVersion.objects.get()
    assert (response.status_code, response["Location"]) == (302, f"{BASE}{version.script_id}/")
    assert [(q["text"], q["options"]) for q in version.questions] == [("Which?", ["White", "Brown"]), ("How many?", [])]


def test_script_create_shows_errors_and_keeps_what_was_typed(tenant: Tenant) -> None:
    rows = [{"text": "Which one?", "kind": "single", "options": "Only this"}]
    data = posted(*rows, name="Spring", text="Hello\n{frist_name}")
    html = member_client(tenant).post(f"{BASE}new/", data).content.decode()
    assert "Line 2: {frist_name} is not a variable; did you mean {first_name}?" in html
    assert "Give at least two options, one a line." in html
    assert 'value="Which one?"' in html
    assert "Only this" in html
    assert ScriptVersion.objects.count() == 0


def test_script_create_refuses_a_taken_name_beside_the_field(tenant: Tenant, at: datetime) -> None:
    make(at)
    response = member_client(tenant).post(f"{BASE}new/", posted(name="spring", text="Hello"))
    assert response.context["form"].errors == {"name": ["Another script is called “spring”: choose another name."]}


def test_script_edit_offers_one_more_question_and_saves_nothing(tenant: Tenant, at: datetime) -> None:
    script = make(at)
    rows = [{"text": "First?", "kind": "text", "options": ""}]
    response = member_client(tenant).post(f"{BASE}{script.id}/edit/", posted(*rows, name="X", text="Y", add="1"))
    assert len(response.context["formset"].forms) == 2
    assert 'value="First?"' in response.content.decode()
    assert script.versions.count() == 1


def test_script_edit_previews_without_saving(tenant: Tenant, at: datetime) -> None:
    script = make(at)
    data = posted(name="X", text="Dear {first_name}", preview="1")
    response = member_client(tenant).post(f"{BASE}{script.id}/edit/", data)
    assert response.context["preview"] == "Dear Ada"
    assert script.versions.count() == 1


def test_script_edit_keeps_question_keys_and_drops_removed_ones(tenant: Tenant, at: datetime) -> None:
    script = make(at)
    row = {"key": "which_colour", "text": "What colour?", "kind": "text", "options": ""}
    gone = {"key": "x", "text": "Gone?", "kind": "text", "options": "", "DELETE": "on"}
    member_client(tenant).post(f"{BASE}{script.id}/edit/", posted(row, gone, name="Spring", text="Hello {first_name}"))
    assert [version.number for version in script.versions.order_by("number")] == [1, 2]
    assert script.versions.get(number=2).questions == [
        {"key": "which_colour", "text": "What colour?", "kind": "text", "options": []}
    ]


def test_script_detail_shows_versions_preview_and_use(tenant: Tenant, at: datetime) -> None:
    script = make(at)
    factories.CampaignFactory.create(name="Windows", script_version=script.versions.get())
    html = member_client(tenant).get(f"{BASE}{script.id}/?version=1").content.decode()
    assert "Hello Ada" in html
    assert "White · Brown" in html
    assert "Windows</a>" in html


def test_script_archive_and_restore_by_post_only(tenant: Tenant, at: datetime) -> None:
    script, client = make(at), member_client(tenant)
    assert client.get(f"{BASE}{script.id}/archive/").status_code == 405
    client.post(f"{BASE}{script.id}/archive/")
    assert "Spring</a>" in client.get(f"{BASE}?archived=1").content.decode()
    client.post(f"{BASE}{script.id}/restore/")
    assert "Spring</a>" in client.get(BASE).content.decode()


@pytest.mark.parametrize("path", ["", "edit/", "archive/", "restore/"])
def test_script_of_another_tenant_is_not_found(tenant: Tenant, other_tenant: Tenant, at: datetime, path: str) -> None:
    with tenant_scope(other_tenant.id):
        theirs = make(at)
    client = member_client(tenant)
    answers = [
        client.get(f"{BASE}{theirs.id}/{path}").status_code,
        client.post(f"{BASE}{theirs.id}/{path}").status_code,
    ]
    assert set(answers) <= {404, 405}
    assert 404 in answers


@pytest.mark.parametrize(
    ("role", "status"), [(Role.OWNER, 200), (Role.MANAGER, 200), (Role.AGENT, 403), (Role.SUPERVISOR, 403)]
)
def test_script_list_is_for_those_who_may_write_scripts(tenant: Tenant, role: Role, status: int) -> None:
    assert member_client(tenant, role).get(BASE).status_code == status
