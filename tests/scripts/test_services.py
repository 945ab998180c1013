from datetime import datetime

import pytest

from apps.audit.models import AuditEntry
from apps.scripts.domain.questions import Kind, Question
from apps.scripts.models import Script, ScriptVersion
from apps.scripts.selectors import get_latest_version, list_scripts, list_versions
from apps.scripts.services import (
    QuestionInvalidError,
    ScriptNameTakenError,
    ScriptTextError,
    archive_script,
    change_script,
    create_script,
    restore_script,
)
from apps.tenants.models import Tenant
from apps.tenants.scope import tenant_scope

ASK = Question("How many windows?", Kind.NUMBER)


def create(at: datetime, name: str = "Spring", text: str = "Hello {first_name}") -> ScriptVersion:
    return create_script(name=name, text=text, questions=[ASK], created_by=None, at=at)


def change(script_id: int, at: datetime, *, name: str = "Spring", text: str = "Hello {first_name}") -> ScriptVersion:
    question = Question(ASK.text, ASK.kind, key="how_many_windows")
    return change_script(script_id=script_id, name=name, text=text, questions=[question], changed_by=None, at=at)


def test_create_script_makes_version_one(tenant: Tenant, at: datetime) -> None:
    version = create(at)
    assert (version.number, version.text, version.created_at) == (1, "Hello {first_name}", at)
    assert version.questions == [
        {"key": "how_many_windows", "text": "How many windows?", "kind": "number", "options": []}
    ]
    assert list(AuditEntry.objects.order_by("id").values_list("action", flat=True)) == [
        "script.created",
        "script.version_added",
    ]


def test_change_script_adds_a_version_and_leaves_the_old_one(tenant: Tenant, at: datetime) -> None:
    first = create(at)
    second = change(first.script_id, at, text="Good day {first_name}")
    assert second.number == 2
    assert [version.text for version in list_versions(first.script)] == ["Good day {first_name}", "Hello {first_name}"]
    assert get_latest_version(first.script) == second


def test_change_script_without_change_adds_nothing(tenant: Tenant, at: datetime) -> None:
    first = create(at)
    assert change(first.script_id, at, text=" Hello {first_name}\r\n") == first
    assert ScriptVersion.objects.count() == 1


def test_change_script_renames(tenant: Tenant, at: datetime) -> None:
    first = create(at)
    assert change(first.script_id, at, name=" Summer ") == first
    assert Script.objects.get().name == "Summer"
    assert AuditEntry.objects.order_by("-id")[0].data == {"from": "Spring", "to": "Summer"}


def test_script_name_may_be_taken_once_per_tenant(tenant: Tenant, other_tenant: Tenant, at: datetime) -> None:
    with tenant_scope(other_tenant.id):
        create(at)
    create(at)
    other = create(at, name="Summer")
    with pytest.raises(ScriptNameTakenError):
        create(at, name="spring ")
    with pytest.raises(ScriptNameTakenError):
        change(other.script_id, at, name="SPRING")


def test_script_refuses_bad_text_and_questions(tenant: Tenant, at: datetime) -> None:
    with pytest.raises(ScriptTextError, match="Line 2"):
        create(at, text="Hello\n{name}")
    with pytest.raises(ScriptTextError):
        create(at, text=" ")
    with pytest.raises(QuestionInvalidError) as caught:
        create_script(name="x", text="y", questions=[ASK, Question("Q", Kind.SINGLE)], created_by=None, at=at)
    assert caught.value.field == "1.options"
    assert Script.objects.count() == 0


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
    assert [item.latest_number for item in list_scripts()] == [1]
    actions = list(AuditEntry.objects.order_by("id").values_list("action", flat=True))
    assert actions[2:] == ["script.archived", "script.restored"]
