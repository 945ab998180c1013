from datetime import datetime

import pytest

from apps.audit.models import AuditEntry
from apps.scripts.domain.questions import END, Kind, Question, Rule, read_questions
from apps.scripts.domain.wording import Disclosure, Rebuttal, Wording
from apps.scripts.models import Script, ScriptVersion
from apps.scripts.selectors import get_latest_version, list_scripts, list_versions
from apps.scripts.services.approval import approve_version, submit_version
from apps.scripts.services.writing import (
    QuestionGoneError,
    QuestionInvalidError,
    ScriptNameTakenError,
    ScriptTextError,
    archive_script,
    change_wording,
    create_script,
    move_question,
    put_question,
    remove_question,
    restore_script,
)
from apps.tenants.models import Tenant
from apps.tenants.scope import tenant_scope

ASK = Question("How many windows?", Kind.NUMBER)
WORDING = Wording("Hello {first_name}")


def create(at: datetime, name: str = "Spring", wording: Wording = WORDING) -> ScriptVersion:
    return create_script(name=name, wording=wording, questions=[ASK], created_by=None, at=at)


def change(script_id: int, at: datetime, *, name: str = "Spring", wording: Wording = WORDING) -> ScriptVersion:
    return change_wording(script_id=script_id, name=name, wording=wording, changed_by=None, at=at)


def approve(version: ScriptVersion, at: datetime) -> None:
    submit_version(version_id=version.id, submitted_by=None, at=at)
    approve_version(version_id=version.id, approved_by=None, at=at)


def keys(script: Script) -> list[str]:
    return [question["key"] for question in get_latest_version(script).questions]


def test_create_script_makes_a_draft_as_version_one(tenant: Tenant, at: datetime) -> None:
    version = create(at)
    assert (version.number, version.state, version.text) == (1, "DRAFT", "Hello {first_name}")
    assert read_questions(version.questions) == (Question("How many windows?", Kind.NUMBER, key="how_many_windows"),)
    assert list(AuditEntry.objects.order_by("id").values_list("action", flat=True)) == [
        "script.created",
        "script.version_added",
    ]


def test_questions_of_the_first_scripts_are_still_read() -> None:
    stored = [{"key": "own", "text": "Own?", "kind": "single", "options": ["Yes", "No"]}]
    assert read_questions(stored) == (Question("Own?", Kind.SINGLE, ("Yes", "No"), "own"),)


def test_change_of_a_draft_stays_in_it(tenant: Tenant, at: datetime) -> None:
    first = create(at)
    wording = Wording(
        " Good day\r\n{first_name} ",
        "SURVEY",
        (Rebuttal("No time", "It takes a minute."),),
        (Disclosure("US-CA", "This call is recorded."),),
        "Book a visit.",
    )
    changed = change(first.script_id, at, wording=wording)
    assert (changed.id, changed.number, changed.text, changed.kind) == (
        first.id,
        1,
        "Good day\n{first_name}",
        "SURVEY",
    )
    assert changed.rebuttals == [{"objection": "No time", "answer": "It takes a minute."}]
    assert changed.disclosures == [{"jurisdiction": "US-CA", "text": "This call is recorded."}]
    assert changed.call_to_action == "Book a visit."


def test_change_of_an_approved_version_makes_the_next(tenant: Tenant, at: datetime) -> None:
    first = create(at)
    approve(first, at)
    second = change(first.script_id, at, wording=Wording("Good day"))
    assert (second.number, second.state, second.questions) == (2, "DRAFT", first.questions)
    assert [version.text for version in list_versions(first.script)] == ["Good day", "Hello {first_name}"]


def test_change_without_change_adds_nothing(tenant: Tenant, at: datetime) -> None:
    first = create(at)
    approve(first, at)
    change(first.script_id, at, wording=Wording(" Hello {first_name}\r\n"))
    question = read_questions(first.questions)[0]
    put_question(script_id=first.script_id, question=question, changed_by=None, at=at)
    move_question(script_id=first.script_id, key=question.key, by=1, changed_by=None, at=at)
    assert ScriptVersion.objects.count() == 1


def test_change_renames(tenant: Tenant, at: datetime) -> None:
    first = create(at)
    change(first.script_id, at, name=" Summer ")
    assert Script.objects.get().name == "Summer"
    assert AuditEntry.objects.order_by("-id")[0].data == {"from": "Spring", "to": "Summer"}


def test_questions_are_added_changed_moved_and_removed(tenant: Tenant, at: datetime) -> None:
    script = create(at).script
    add = {"script_id": script.id, "changed_by": None, "at": at}
    assert put_question(question=Question("Why?", Kind.TEXT), **add).key == "why"
    first = put_question(question=Question("Hello", Kind.SAY), before="how_many_windows", **add)
    assert keys(script) == ["hello", "how_many_windows", "why"]
    move_question(key="why", by=-9, **add)
    move_question(key=first.key, by=1, **add)
    assert keys(script) == ["why", "how_many_windows", "hello"]
    branch = Question("How many?", Kind.NUMBER, key="how_many_windows", rules=(Rule(END, least=9),))
    assert put_question(question=branch, **add) == branch
    assert read_questions(get_latest_version(script).questions)[1] == branch
    remove_question(key="why", **add)
    assert keys(script) == ["how_many_windows", "hello"]
    assert [version.number for version in list_versions(script)] == [1]


def test_question_that_is_gone_cannot_be_changed(tenant: Tenant, at: datetime) -> None:
    script = create(at).script
    with pytest.raises(QuestionGoneError):
        remove_question(script_id=script.id, key="gone", changed_by=None, at=at)
    with pytest.raises(QuestionGoneError):
        put_question(script_id=script.id, question=Question("X", Kind.TEXT, key="gone"), changed_by=None, at=at)


@pytest.mark.parametrize(
    ("question", "field"),
    [
        (Question("Which?", Kind.SINGLE, ("a",)), "options"),
        (Question("Hi {frist_name}", Kind.TEXT), "text"),
        (Question("Why?", Kind.TEXT, rules=(Rule(END, "Yes"),)), "rules"),
        (Question("N?", Kind.NUMBER, rules=(Rule(END),)), "rules"),
        (Question("N?", Kind.NUMBER, rules=(Rule(END, least=2, most=1),)), "rules"),
        (Question("Which?", Kind.SINGLE, ("a", "b"), rules=(Rule(END, "c"),)), "rules"),
        (Question("Hello", Kind.SAY, is_required=True), "is_required"),
        (Question("Card?", Kind.NUMBER, is_sensitive=True), "is_sensitive"),
    ],
)
def test_question_refuses_what_cannot_be_asked(tenant: Tenant, at: datetime, question: Question, field: str) -> None:
    script = create(at).script
    with pytest.raises(QuestionInvalidError) as caught:
        put_question(script_id=script.id, question=question, changed_by=None, at=at)
    assert caught.value.field == field


@pytest.mark.parametrize(
    ("wording", "field"),
    [
        (Wording(" "), "text"),
        (Wording("Hello\n{name}"), "text"),
        (Wording("x", call_to_action="{"), "call_to_action"),
        (Wording("x", rebuttals=(Rebuttal("No", ""),)), "rebuttals"),
        (Wording("x", rebuttals=(Rebuttal("No", "{x}"),)), "rebuttals"),
        (Wording("x", disclosures=(Disclosure("", "Text"),)), "disclosures"),
        (Wording("x", disclosures=(Disclosure("US", "A"), Disclosure("US", "B"))), "disclosures"),
    ],
)
def test_script_refuses_bad_wording(tenant: Tenant, at: datetime, wording: Wording, field: str) -> None:
    with pytest.raises(ScriptTextError) as caught:
        create(at, wording=wording)
    assert caught.value.field == field
    assert Script.objects.count() == 0


def test_script_name_may_be_taken_once_per_tenant(tenant: Tenant, other_tenant: Tenant, at: datetime) -> None:
    with tenant_scope(other_tenant.id):
        create(at)
    create(at)
    other = create(at, name="Summer")
    with pytest.raises(ScriptNameTakenError):
        create(at, name="spring ")
    with pytest.raises(ScriptNameTakenError):
        change(other.script_id, at, name="SPRING")


def test_script_of_another_tenant_cannot_be_changed(tenant: Tenant, other_tenant: Tenant, at: datetime) -> None:
    with tenant_scope(other_tenant.id):
        theirs = create(at)
    with pytest.raises(Script.DoesNotExist):
        change(theirs.script_id, at)


def test_archive_and_restore_script_once_each(tenant: Tenant, at: datetime) -> None:
    script = create(at).script
    for _ in range(2):
        archive_script(script_id=script.id, archived_by=None, at=at)
    assert [list(list_scripts()), list(list_scripts(is_archived=True))] == [[], [script]]
    for _ in range(2):
        restore_script(script_id=script.id, restored_by=None, at=at)
    assert [(item.latest_number, item.latest_state) for item in list_scripts()] == [(1, "DRAFT")]
    actions = list(AuditEntry.objects.order_by("id").values_list("action", flat=True))
    assert actions[2:] == ["script.archived", "script.restored"]
