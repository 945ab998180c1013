"""A script as a pane shows it, at the desk and in a test run: JSON values, its variables filled in."""

from collections.abc import Mapping, Sequence
from typing import Any

from apps.scripts.domain.questions import Question, read_questions
from apps.scripts.domain.text import render
from apps.scripts.domain.wording import disclosures_for
from apps.scripts.models import ScriptVersion


def script_pane(
    version: ScriptVersion | None, values: Mapping[str, str], *, jurisdictions: Sequence[str]
) -> dict[str, Any]:
    """What the agent sees of a version with `values` for its variables, for somebody in `jurisdictions`."""
    if version is None:
        return {"id": None, "name": "", "text": "", "questions": []}
    return {
        "id": version.id,
        "name": str(version),
        "kind": version.kind,
        "text": render(version.text, values),
        "questions": [_question(question, values) for question in read_questions(version.questions)],
        "rebuttals": [{**item, "answer": render(item["answer"], values)} for item in version.rebuttals],
        "disclosures": [
            {"jurisdiction": item.jurisdiction, "text": render(item.text, values)}
            for item in disclosures_for(version.disclosures, jurisdictions)
        ],
        "call_to_action": render(version.call_to_action, values),
    }


def _question(question: Question, values: Mapping[str, str]) -> dict[str, Any]:
    return {**question.as_data(), "text": render(question.text, values)}
