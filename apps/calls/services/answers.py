"""Answers to a script's questions, kept as data with the disposition, and from calls that end without one."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from apps.calls.models import Answer, Attempt
from apps.scripts.domain import answers as given
from apps.scripts.domain.questions import read_questions
from apps.scripts.models import ScriptVersion

KEY_LENGTH = 64


def keep_answers(*, attempt: Attempt, values: Mapping[str, Any], at: datetime, is_partial: bool = False) -> None:
    """Keep {question key: raw value} of a call in place of what was kept of it before, in the order given."""
    version = attempt.script_version or attempt.campaign.script_version
    Answer.objects.filter(attempt=attempt).delete()
    Answer.objects.bulk_create(
        Answer(
            tenant_id=attempt.tenant_id,
            attempt=attempt,
            lead_id=attempt.lead_id,
            campaign_id=attempt.campaign_id,
            script_version=version,
            position=position,
            key=item.key,
            question=item.question,
            kind=item.kind,
            text=item.text,
            options=list(item.options),
            number=item.number,
            chosen_on=item.chosen_on,
            chosen_at=item.chosen_at,
            is_partial=is_partial,
            answered_at=at,
        )
        for position, item in enumerate(_read(version, values))
    )


def _read(version: ScriptVersion | None, values: Mapping[str, Any]) -> list[given.Answer]:
    questions = read_questions(version.questions) if version else ()
    disclosures = {item["jurisdiction"]: item["text"] for item in version.disclosures} if version else {}
    return given.read_answers(questions, disclosures, {key[:KEY_LENGTH]: value for key, value in values.items()})


def complete_answers(*, attempt: Attempt) -> dict[str, Any]:
    """Have what was kept of a call that now has its disposition count like every answer; returns it by question key."""
    kept = Answer.objects.filter(attempt=attempt)
    kept.update(is_partial=False)
    rows = kept.order_by("position", "id").values_list("key", "options", "text")
    return {key: options or text for key, options, text in rows}


def keep_draft_answers(*, attempt_id: UUID, user_id: int, draft: Mapping[str, Any], at: datetime) -> None:
    """Keep the answers of an agent's draft about a call without a disposition; one that has it keeps its own."""
    values = draft.get("answers")
    if not isinstance(values, dict) or not values:
        return
    attempt = (
        Attempt.objects.select_for_update(of=("self",))
        .select_related("script_version", "campaign__script_version")
        .filter(id=attempt_id, agent_id=user_id, disposed_at__isnull=True)
        .first()
    )
    if attempt is not None:
        keep_answers(attempt=attempt, values=values, at=at, is_partial=True)
