"""Writing scripts: each change of text or questions is a new version, so that what was said stays on record."""

from collections.abc import Sequence
from datetime import datetime

from apps.accounts.models import User
from apps.audit.actions import Action
from apps.audit.services import record
from apps.core.errors import InvalidError
from apps.scripts.domain.questions import MAX_QUESTIONS, Question, find_fault, give_keys
from apps.scripts.domain.text import find_faults
from apps.scripts.models import Script, ScriptVersion


class ScriptNameTakenError(InvalidError):
    """Another script has this name."""

    code = "script_name_taken"


class ScriptTextError(InvalidError):
    """The text is empty or has braces that are no variable."""

    code = "script_text"


class QuestionInvalidError(InvalidError):
    """A question is incomplete; `field` is its number from 0 and its field, for example `2.options`."""

    code = "question_invalid"


def create_script(
    *, name: str, text: str, questions: Sequence[Question], created_by: User | None, at: datetime
) -> ScriptVersion:
    """Make a script with its first version. Raises ScriptNameTakenError, ScriptTextError, QuestionInvalidError."""
    _require_free_name(name, but=None)
    _require_text(text)
    _require_questions(questions)
    script = Script.objects.create(name=name.strip())
    record(Action.SCRIPT_CREATED, at=at, target=f"script:{script.id}", actor=created_by, data={"name": script.name})
    return _add(script, number=1, text=text, questions=questions, created_by=created_by, at=at)


def change_script(
    *, script_id: int, name: str, text: str, questions: Sequence[Question], changed_by: User | None, at: datetime
) -> ScriptVersion:
    """Rename a script and keep a changed text or question as its next version; return the newest version.

    Campaigns go on with the version they use. Raises Script.DoesNotExist, ScriptNameTakenError, ScriptTextError,
    QuestionInvalidError.
    """
    _require_text(text)
    _require_questions(questions)
    script = Script.objects.select_for_update().get(id=script_id)
    _rename(script, name, changed_by, at)
    latest = ScriptVersion.objects.filter(script=script).latest("number")
    if latest.text == _clean(text) and latest.questions == [question.as_data() for question in give_keys(questions)]:
        return latest
    return _add(script, number=latest.number + 1, text=text, questions=questions, created_by=changed_by, at=at)


def archive_script(*, script_id: int, archived_by: User | None, at: datetime) -> None:
    """Take a script out of the choices; campaigns that use a version keep it."""
    if Script.objects.filter(id=script_id, archived_at=None).update(archived_at=at):
        record(Action.SCRIPT_ARCHIVED, at=at, target=f"script:{script_id}", actor=archived_by)


def restore_script(*, script_id: int, restored_by: User | None, at: datetime) -> None:
    """Bring an archived script back."""
    if Script.objects.filter(id=script_id, archived_at__isnull=False).update(archived_at=None):
        record(Action.SCRIPT_RESTORED, at=at, target=f"script:{script_id}", actor=restored_by)


def _rename(script: Script, name: str, renamed_by: User | None, at: datetime) -> None:
    if script.name == name.strip():
        return
    _require_free_name(name, but=script.id)
    before, script.name = script.name, name.strip()
    script.save(update_fields=["name"])
    data = {"from": before, "to": script.name}
    record(Action.SCRIPT_CHANGED, at=at, target=f"script:{script.id}", actor=renamed_by, data=data)


def _add(
    script: Script, *, number: int, text: str, questions: Sequence[Question], created_by: User | None, at: datetime
) -> ScriptVersion:
    version = ScriptVersion.objects.create(
        script=script,
        number=number,
        text=_clean(text),
        questions=[question.as_data() for question in give_keys(questions)],
        created_by=created_by,
        created_at=at,
    )
    target = f"script:{script.id}"
    record(Action.SCRIPT_VERSION_ADDED, at=at, target=target, actor=created_by, data={"number": number})
    return version


def _clean(text: str) -> str:
    return text.replace("\r\n", "\n").strip()


def _require_free_name(name: str, *, but: int | None) -> None:
    if not name.strip():
        raise InvalidError("Give the script a name.", field="name")
    if Script.objects.filter(name__iexact=name.strip()).exclude(id=but or 0).exists():
        raise ScriptNameTakenError(f"Another script is called “{name.strip()}”: choose another name.", field="name")


def _require_text(text: str) -> None:
    if not text.strip():
        raise ScriptTextError("Write what the agent says.", field="text")
    faults = find_faults(_clean(text))
    if faults:
        raise ScriptTextError(" ".join(f"Line {fault.line}: {fault.message}" for fault in faults), field="text")


def _require_questions(questions: Sequence[Question]) -> None:
    if len(questions) > MAX_QUESTIONS:
        raise QuestionInvalidError(f"A script has at most {MAX_QUESTIONS} questions.", field="0.text")
    for number, question in enumerate(questions):
        fault = find_fault(question)
        if fault:
            field, message = fault
            raise QuestionInvalidError(f"Question {number + 1}: {message}", field=f"{number}.{field}")
