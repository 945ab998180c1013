"""Writing scripts. A draft changes in place; once it has been handed in, a change makes the next version."""

from collections.abc import Sequence
from datetime import datetime

from apps.accounts.models import User
from apps.audit.actions import Action
from apps.audit.services import record
from apps.core.errors import ConflictError, InvalidError
from apps.scripts.domain.questions import MAX_QUESTIONS, Question, find_fault, give_keys, read_questions
from apps.scripts.domain.text import find_faults
from apps.scripts.domain.wording import Wording, find_wording_fault
from apps.scripts.models import Script, ScriptVersion

COPIED = ("text", "kind", "questions", "rebuttals", "disclosures", "call_to_action")


class ScriptNameTakenError(InvalidError):
    """Another script has this name."""

    code = "script_name_taken"


class ScriptTextError(InvalidError):
    """A text is empty or has braces that are no variable; `field` is one of Wording."""

    code = "script_text"


class QuestionInvalidError(InvalidError):
    """A question is incomplete; `field` is one of Question."""

    code = "question_invalid"


class QuestionGoneError(ConflictError):
    """The newest version has no such question."""

    code = "question_gone"


def create_script(
    *, name: str, wording: Wording, questions: Sequence[Question] = (), created_by: User | None, at: datetime
) -> ScriptVersion:
    """Make a script with a draft as its first version.

    Raises ScriptNameTakenError, ScriptTextError, QuestionInvalidError.
    """
    _require_free_name(name, but=None)
    _require_wording(wording)
    _require_questions(questions)
    script = Script.objects.create(name=name.strip())
    record(Action.SCRIPT_CREATED, at=at, target=f"script:{script.id}", actor=created_by, data={"name": script.name})
    version = ScriptVersion(script=script, number=1, questions=_as_data(questions), **wording.as_values())
    return _add(version, created_by, at)


def change_wording(
    *, script_id: int, name: str, wording: Wording, changed_by: User | None, at: datetime
) -> ScriptVersion:
    """Rename a script and change the words of its draft; return the newest version.

    Raises Script.DoesNotExist, ScriptNameTakenError, ScriptTextError.
    """
    _require_wording(wording)
    script = _lock(script_id)
    _rename(script, name, changed_by, at)
    latest = _latest(script)
    values = wording.as_values()
    if all(getattr(latest, field) == value for field, value in values.items()):
        return latest
    draft = _draft(latest, changed_by, at)
    _change(draft, changed_by, **values)
    draft.refresh_from_db()
    return draft


def put_question(
    *, script_id: int, question: Question, changed_by: User | None, at: datetime, before: str = ""
) -> Question:
    """Change the question with this key, or add one without a key at the end or before another; return it with its key.

    Raises Script.DoesNotExist, QuestionGoneError, QuestionInvalidError.
    """
    latest = _latest(_lock(script_id))
    questions = list(read_questions(latest.questions))
    if question.key:
        position = _position(questions, question.key)
        questions[position] = question
    else:
        position = _position(questions, before) if before else len(questions)
        questions.insert(position, question)
    _require_questions(questions)
    keyed = give_keys(questions)
    _save(latest, keyed, changed_by, at)
    return keyed[position]


def move_question(*, script_id: int, key: str, by: int, changed_by: User | None, at: datetime) -> None:
    """Move a question `by` places down, up when negative, as far as there are places.

    Raises Script.DoesNotExist, QuestionGoneError.
    """
    latest = _latest(_lock(script_id))
    questions = list(read_questions(latest.questions))
    position = _position(questions, key)
    question = questions.pop(position)
    questions.insert(max(0, position + by), question)
    _save(latest, questions, changed_by, at)


def remove_question(*, script_id: int, key: str, changed_by: User | None, at: datetime) -> None:
    """Take a question out. Branches to it stay and are named as faults, so that somebody decides where they go now.

    Raises Script.DoesNotExist, QuestionGoneError.
    """
    latest = _latest(_lock(script_id))
    questions = list(read_questions(latest.questions))
    del questions[_position(questions, key)]
    _save(latest, questions, changed_by, at)


def archive_script(*, script_id: int, archived_by: User | None, at: datetime) -> None:
    """Take a script out of the choices; campaigns that use a version keep it."""
    if Script.objects.filter(id=script_id, archived_at=None).update(archived_at=at):
        record(Action.SCRIPT_ARCHIVED, at=at, target=f"script:{script_id}", actor=archived_by)


def restore_script(*, script_id: int, restored_by: User | None, at: datetime) -> None:
    """Bring an archived script back."""
    if Script.objects.filter(id=script_id, archived_at__isnull=False).update(archived_at=None):
        record(Action.SCRIPT_RESTORED, at=at, target=f"script:{script_id}", actor=restored_by)


def _lock(script_id: int) -> Script:
    return Script.objects.select_for_update().get(id=script_id)


def _latest(script: Script) -> ScriptVersion:
    return ScriptVersion.objects.filter(script=script).latest("number")


def _draft(latest: ScriptVersion, by: User | None, at: datetime) -> ScriptVersion:
    """The newest version when it may still change, else its copy as the next one."""
    if latest.state == ScriptVersion.State.DRAFT:
        return latest
    copied = {field: getattr(latest, field) for field in COPIED}
    return _add(ScriptVersion(script_id=latest.script_id, number=latest.number + 1, **copied), by, at)


def _add(version: ScriptVersion, by: User | None, at: datetime) -> ScriptVersion:
    version.created_by, version.created_at = by, at
    version.editor_ids = [by.id] if by else []
    version.save()
    target = f"script:{version.script_id}"
    record(Action.SCRIPT_VERSION_ADDED, at=at, target=target, actor=by, data={"number": version.number})
    return version


def _save(latest: ScriptVersion, questions: Sequence[Question], by: User | None, at: datetime) -> None:
    if list(read_questions(latest.questions)) == list(questions):
        return
    _change(_draft(latest, by, at), by, questions=_as_data(questions))


def _change(draft: ScriptVersion, by: User | None, **values: object) -> None:
    """Change a draft, and remember who did: the writers of a version do not approve it."""
    editors = sorted({*draft.editor_ids, *([by.id] if by else [])})
    ScriptVersion.objects.filter(id=draft.id).update(**values, editor_ids=editors)


def _as_data(questions: Sequence[Question]) -> list[object]:
    return [question.as_data() for question in give_keys(questions)]


def _position(questions: Sequence[Question], key: str) -> int:
    found = next((n for n, question in enumerate(questions) if question.key == key), None)
    if found is None:
        raise QuestionGoneError("This question is not in the newest version any more.")
    return found


def _rename(script: Script, name: str, renamed_by: User | None, at: datetime) -> None:
    if script.name == name.strip():
        return
    _require_free_name(name, but=script.id)
    before, script.name = script.name, name.strip()
    script.save(update_fields=["name"])
    data = {"from": before, "to": script.name}
    record(Action.SCRIPT_CHANGED, at=at, target=f"script:{script.id}", actor=renamed_by, data=data)


def _require_free_name(name: str, *, but: int | None) -> None:
    if not name.strip():
        raise InvalidError("Give the script a name.", field="name")
    if Script.objects.filter(name__iexact=name.strip()).exclude(id=but or 0).exists():
        raise ScriptNameTakenError(f"Another script is called “{name.strip()}”: choose another name.", field="name")


def _require_wording(wording: Wording) -> None:
    fault = find_wording_fault(wording)
    if fault:
        field, message = fault
        raise ScriptTextError(message, field=field)


def _require_questions(questions: Sequence[Question]) -> None:
    if len(questions) > MAX_QUESTIONS:
        raise QuestionInvalidError(f"A script has at most {MAX_QUESTIONS} questions.", field="text")
    for question in questions:
        fault = find_fault(question)
        if fault:
            field, message = fault
            raise QuestionInvalidError(message, field=field)
        for text_fault in find_faults(question.text):
            raise QuestionInvalidError(text_fault.message, field="text")
