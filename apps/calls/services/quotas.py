"""Quotas: setting up cells, and counting the interviews that are complete."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import F

from apps.accounts.models import User
from apps.audit.actions import Action
from apps.audit.services import record
from apps.calls.domain.quotas import MAX_CELLS, Cell, is_met, read_conditions
from apps.calls.models import Answer, QuotaCell
from apps.campaigns.models import Campaign
from apps.core.errors import InvalidError


class TooManyCellsError(InvalidError):
    """More cells than anybody can fill or oversee."""

    code = "too_many_cells"


def set_cells(*, campaign: Campaign, cells: Sequence[Cell], target: int, changed_by: User | None, at: datetime) -> None:
    """Give a campaign these cells in place of those it has; interviews that are complete already are counted.

    No cells end the quotas. Raises TooManyCellsError.
    """
    if len(cells) > MAX_CELLS:
        raise TooManyCellsError(f"These are {len(cells)} cells: make it at most {MAX_CELLS}.")
    QuotaCell.objects.filter(campaign=campaign).delete()
    known = list(_complete_interviews(campaign, cells))
    QuotaCell.objects.bulk_create(
        QuotaCell(
            tenant_id=campaign.tenant_id,
            campaign=campaign,
            position=position,
            label=cell.label,
            conditions=[condition.as_data() for condition in cell.conditions],
            target=target,
            count=sum(is_met(cell.conditions, values) for values in known),
        )
        for position, cell in enumerate(cells)
    )
    _record(campaign, changed_by, at, {"cells": len(cells), "target": target})


def _complete_interviews(campaign: Campaign, cells: Sequence[Cell]) -> Iterable[dict[str, str]]:
    keys = {condition.key for cell in cells for condition in cell.conditions}
    answers = Answer.objects.filter(
        campaign=campaign, key__in=keys, is_partial=False, attempt__disposition__is_success=True
    )
    found: dict[object, dict[str, str]] = {}
    for attempt_id, key, text in answers.order_by("id").values_list("attempt_id", "key", "text"):
        found.setdefault(attempt_id, {})[key] = text
    return found.values()


def set_targets(*, campaign: Campaign, targets: Mapping[int, int], changed_by: User | None, at: datetime) -> None:
    """Change how many interviews cells of the campaign are to have, by cell id."""
    cells = list(QuotaCell.objects.filter(campaign=campaign, id__in=targets))
    for cell in cells:
        cell.target = targets[cell.id]
    QuotaCell.objects.bulk_update(cells, ["target"])
    _record(campaign, changed_by, at, {"targets": {cell.label: cell.target for cell in cells}})


def count_interview(*, campaign_id: int, values: Mapping[str, Any]) -> None:
    """Count a complete interview, raw answers by question key, in the cells it belongs to."""
    cells = QuotaCell.objects.filter(campaign_id=campaign_id)
    met = [cell.id for cell in cells if is_met(read_conditions(cell.conditions), values)]
    # In one order for everybody, so that two interviews that end at once cannot lock each other out.
    for cell_id in sorted(met):
        QuotaCell.objects.filter(id=cell_id).update(count=F("count") + 1)


def _record(campaign: Campaign, by: User | None, at: datetime, data: dict[str, Any]) -> None:
    record(Action.QUOTAS_CHANGED, at=at, target=f"campaign:{campaign.id}", actor=by, data=data)
