"""Answers to scripts: figures of a campaign, and all of them as a file."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from io import StringIO

from django.db import connection
from django.db.models import Avg, Count, Max, Min, Q

from apps.calls.models import Answer
from apps.core.domain.cells import harmless
from apps.tenants.scope import get_tenant_id, tenant_scope

# Rows read in one short transaction, so that a slow download holds none open.
BATCH = 1000
COLUMNS = (
    "attempt", "answered at (UTC)", "complete", "campaign", "script", "version", "lead", "source id", "phone", "first name", "last name",
    "agent", "disposition", "key", "question", "kind", "answer", "number", "date", "instant (UTC)",
)  # fmt: skip
_OPTIONS = """
select key, option, count(*) from calls_answer, unnest(options) option
where tenant_id = %s and campaign_id = %s and not is_partial group by key, option order by key, count(*) desc, option
"""


@dataclass(frozen=True, slots=True)
class QuestionFigures:
    """What was answered to one question: how often, which options, and which numbers."""

    key: str
    question: str
    kind: str
    count: int
    mean: Decimal | None
    least: Decimal | None
    most: Decimal | None
    options: list[tuple[str, int]] = field(default_factory=list)


def question_figures(campaign_id: int) -> list[QuestionFigures]:
    """Figures of each question of a campaign in the order of the talk, in its newest wording; complete calls only."""
    answers = Answer.objects.filter(campaign_id=campaign_id, is_partial=False)
    newest = answers.order_by("key", "-id").distinct("key")
    wordings = {answer.key: answer for answer in newest}
    rows = (
        answers.values("key")
        .annotate(n=Count("id"), mean=Avg("number"), least=Min("number"), most=Max("number"), place=Min("position"))
        .order_by("place", "key")
    )
    options = _count_options(campaign_id)
    return [
        QuestionFigures(
            key=row["key"],
            question=wordings[row["key"]].question or row["key"],
            kind=wordings[row["key"]].kind,
            count=row["n"],
            mean=row["mean"],
            least=row["least"],
            most=row["most"],
            options=options.get(row["key"], []),
        )
        for row in rows
    ]


def _count_options(campaign_id: int) -> dict[str, list[tuple[str, int]]]:
    found: dict[str, list[tuple[str, int]]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_OPTIONS, [get_tenant_id(), campaign_id])
        for key, option, count in cursor.fetchall():
            found.setdefault(key, []).append((option, count))
    return found


def answers_file(*, tenant_id: int, wanted: Q) -> Iterator[str]:
    """The answers that `wanted` selects as lines of CSV, one an answer, oldest first; made outside every scope."""
    yield "\ufeff" + _line(COLUMNS)
    last = 0
    while True:
        with tenant_scope(tenant_id):
            rows = list(
                Answer.objects.filter(wanted, id__gt=last)
                .select_related("attempt__agent", "attempt__disposition", "campaign", "lead", "script_version__script")
                .order_by("id")[:BATCH]
            )
        yield "".join(_line(_cells(row)) for row in rows)
        if len(rows) < BATCH:
            return
        last = rows[-1].id


def _cells(row: Answer) -> tuple[object, ...]:
    attempt, version = row.attempt, row.script_version
    return (
        attempt.id,
        f"{row.answered_at:%Y-%m-%d %H:%M:%S}",
        "no" if row.is_partial else "yes",
        row.campaign.name,
        version.script.name if version else "",
        version.number if version else "",
        row.lead_id,
        row.lead.external_id,
        row.lead.phone,
        row.lead.first_name,
        row.lead.last_name,
        str(attempt.agent or ""),
        attempt.disposition.label if attempt.disposition else "",
        row.key,
        row.question,
        row.kind,
        row.text,
        f"{row.number.normalize():f}" if row.number is not None else "",
        row.chosen_on or "",
        f"{row.chosen_at:%Y-%m-%d %H:%M}" if row.chosen_at else "",
    )


def _line(cells: tuple[object, ...]) -> str:
    buffer = StringIO()
    csv.writer(buffer).writerow([harmless(str(cell)) for cell in cells])
    return buffer.getvalue()
