"""Why a rehearsal placed no call, in one sentence with counts."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils import timezone

from apps.campaigns.models import Campaign
from apps.campaigns.wording import queue_reason_text
from apps.leads.models import LeadImport
from apps.leads.reject_texts import reject_rows
from apps.reports.selectors import campaign_state


def explain_no_dials(
    *, campaign: Campaign, lead_import: LeadImport, done: Mapping[str, int], hours: float, at: datetime
) -> str:
    """The reason at the instant `at`; `done` counts the leads that the campaign has finished with, by reason code."""
    if not lead_import.accepted:
        faults = [(count, text.rstrip(".")) for text, count in reject_rows(lead_import.reject_counts)]
        return f"None of the {lead_import.invalid} rows became a lead: {_join(faults)}."
    finished = sum(done.values())
    if finished and finished == lead_import.accepted:
        reasons = [(count, queue_reason_text(code)) for code, count in sorted(done.items())]
        return f"None of the {finished} leads may be called: {_join(reasons)}."
    # The end of its time pauses a rehearsal; what stood in the way before that is asked for.
    campaign.state = Campaign.State.RUNNING
    with timezone.override(ZoneInfo(campaign.tenant.time_zone)):
        diagnosis = campaign_state(campaign, at=at)["diagnosis"]
    too_short = (
        f"{lead_import.accepted} leads were ready, but the {hours:g} simulated hours ended before the first call."
    )
    return str(diagnosis or too_short)


def _join(groups: Sequence[tuple[int, str]]) -> str:
    return ", ".join(f"{count} {text}" for count, text in groups)
