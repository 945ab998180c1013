"""Reads of campaigns."""

from dataclasses import dataclass

from django.db.models import Case, Count, OuterRef, Q, QuerySet, Subquery, When

from apps.campaigns.models import (
    Campaign,
    CampaignLead,
    CampaignList,
    Disposition,
    DispositionSet,
    QueueFloor,
    QueueState,
)
from apps.leads.models import Place
from apps.scripts.models import ScriptVersion
from apps.telephony.models import CallerId


@dataclass(frozen=True, slots=True)
class QueueCounts:
    """How many leads of a campaign stand where; `waiting` by reason code."""

    ready: int
    being_called: int
    done: int
    waiting: dict[str, int]


def get_campaign(campaign_id: int) -> Campaign:
    """The tenant's campaign with its script, caller id and account. Raises Campaign.DoesNotExist."""
    return Campaign.objects.select_related(
        "script_version__script", "caller_id__account", "disposition_set", "tenant", "totals"
    ).get(id=campaign_id)


def list_campaigns() -> QuerySet[Campaign]:
    """The tenant's campaigns, newest first, archived ones last."""
    is_archived = Case(When(state=Campaign.State.ARCHIVED, then=1), default=0)
    return Campaign.objects.select_related("totals").order_by(is_archived, "-created_at", "id")


def list_dispositions(campaign: Campaign) -> QuerySet[Disposition]:
    """The outcomes an agent can choose in the campaign, in the order of the desk."""
    return Disposition.objects.filter(disposition_set_id=campaign.disposition_set_id, is_active=True).order_by(
        "position", "id"
    )


def places_in_queue(campaign_id: int) -> list[Place]:
    """Every place that has had leads in the campaign's queue."""
    ids = QueueFloor.objects.filter(campaign_id=campaign_id).values("place_id")
    return list(Place.objects.filter(id__in=ids).order_by("id"))


def count_queue(campaign_id: int) -> QueueCounts:
    """Count the campaign's leads by state and reason."""
    rows = (
        CampaignLead.objects.filter(campaign_id=campaign_id)
        .values_list("state", "reason")
        .annotate(n=Count("id"))
        .order_by("state", "reason")
    )
    by_state: dict[int, int] = {}
    waiting: dict[str, int] = {}
    for state, reason, n in rows:
        by_state[state] = by_state.get(state, 0) + n
        if state == QueueState.WAITING:
            waiting[reason or "waiting"] = waiting.get(reason or "waiting", 0) + n
    return QueueCounts(
        ready=by_state.get(QueueState.READY, 0),
        being_called=by_state.get(QueueState.RESERVED, 0),
        done=by_state.get(QueueState.DONE, 0),
        waiting=waiting,
    )


def count_ready_by_place(campaign_id: int) -> dict[int, int]:
    """Ready leads of a campaign per place id."""
    rows = (
        CampaignLead.objects.filter(campaign_id=campaign_id, state=QueueState.READY)
        .values_list("place_id")
        .annotate(n=Count("id"))
        .order_by("place_id")
    )
    return dict(rows)


def find_blockers(campaign: Campaign) -> list[str]:
    """What keeps the campaign from dialling, one sentence each; empty when nothing does."""
    blockers = []
    if not CampaignList.objects.filter(campaign=campaign).exists():
        blockers.append("It has no list: choose at least one.")
    if campaign.script_version_id is None:
        blockers.append("It has no script: choose one.")
    caller_id = campaign.caller_id
    if caller_id is None:
        blockers.append("It has no caller id: choose one.")
    elif not caller_id.is_active:
        blockers.append(f"Its caller id is out of use: {caller_id.disabled_reason or 'disabled by a manager'}.")
    elif not caller_id.account.is_active:
        blockers.append(f"The carrier account is stopped: {caller_id.account.trouble or 'disabled by a manager'}.")
    if not list_dispositions(campaign).exists():
        blockers.append("Its disposition set is empty: add dispositions.")
    if not campaign.weekdays:
        blockers.append("No weekday is chosen in its schedule.")
    return blockers


def list_usable_script_versions(*, current: int | None = None) -> QuerySet[ScriptVersion]:
    """The newest version of every script in use, and `current`, the version a campaign already has."""
    newest = ScriptVersion.objects.filter(script_id=OuterRef("script_id")).order_by("-number").values("id")[:1]
    return (
        ScriptVersion.objects.filter(Q(id=current) | Q(script__archived_at=None, id=Subquery(newest)))
        .select_related("script")
        .order_by("script__name", "-number", "id")
    )


def list_usable_caller_ids() -> QuerySet[CallerId]:
    """Numbers that may be shown to the person called."""
    return CallerId.objects.filter(is_active=True, account__is_active=True).order_by("label", "phone", "id")


def list_disposition_sets() -> QuerySet[DispositionSet]:
    """The tenant's disposition sets by name."""
    return DispositionSet.objects.order_by("name", "id")
