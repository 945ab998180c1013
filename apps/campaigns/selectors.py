"""Reads of campaigns."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection
from django.db.models import Case, Count, F, OuterRef, Q, QuerySet, Subquery, When

from apps.campaigns.models import (
    Campaign,
    CampaignLead,
    CampaignList,
    Disposition,
    DispositionSet,
    QueueFloor,
    QueueState,
)
from apps.leads.models import Lead, LeadImport, Place
from apps.scripts.models import ScriptVersion
from apps.telephony.models import CallerId
from apps.tenants.scope import get_tenant_id

# Like a claim it starts at the floor of each place, so it costs the same however much has been claimed before.
_NEXT = """
select head.id
from unnest(%(places)s::bigint[]) as open (place_id)
cross join lateral (
    select priority, last_id from campaigns_queuefloor
    where tenant_id = %(tenant)s and campaign_id = %(campaign)s and place_id = open.place_id
    order by id desc limit 1
) floor
cross join lateral (
    select id, priority from campaigns_campaignlead
    where tenant_id = %(tenant)s and campaign_id = %(campaign)s and place_id = open.place_id and state = 1
      and (priority, id) > (floor.priority, floor.last_id)
    order by priority, id limit %(n)s
) head
order by head.priority, head.id limit %(n)s
"""


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


def find_machine_disposition(campaign: Campaign) -> Disposition | None:
    """The campaign's outcome for a call that reached an answering machine, or None."""
    return list_dispositions(campaign).filter(is_machine=True).first()


def disposition_labels(disposition_set_id: int) -> dict[str, str]:
    """Names of a set's dispositions by code, those out of use included."""
    found = Disposition.objects.filter(disposition_set_id=disposition_set_id).order_by("id")
    return dict(found.values_list("code", "label"))


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


def list_next_leads(campaign_id: int, *, place_ids: Sequence[int], n: int) -> list[Lead]:
    """The first `n` ready leads of these places, with their place, by priority and age; nothing is claimed."""
    with connection.cursor() as cursor:
        cursor.execute(_NEXT, {"tenant": get_tenant_id(), "campaign": campaign_id, "places": list(place_ids), "n": n})
        ids = [row[0] for row in cursor.fetchall()]
    rows = CampaignLead.objects.filter(id__in=ids).select_related("lead__place").order_by("priority", "id")
    return [row.lead for row in rows]


def is_taking_in(campaign_id: int) -> bool:
    """Whether leads of the campaign's lists are still on their way into its queue, or from a file into its lists."""
    links = CampaignList.objects.filter(campaign_id=campaign_id)
    newest = Lead.objects.filter(lead_list_id=OuterRef("lead_list_id")).order_by("-id").values("id")[:1]
    if links.annotate(newest=Subquery(newest)).filter(newest__gt=F("last_lead_id")).exists():
        return True
    states = [LeadImport.State.QUEUED, LeadImport.State.RUNNING]
    return LeadImport.objects.filter(lead_list_id__in=links.values("lead_list_id"), state__in=states).exists()


def find_blockers(campaign: Campaign) -> list[str]:
    """What keeps the campaign from dialling, one sentence each; empty when nothing does."""
    blockers = []
    if not CampaignList.objects.filter(campaign=campaign).exists():
        blockers.append("It has no list: choose at least one.")
    if campaign.script_version is None:
        blockers.append("It has no script: choose one.")
    elif campaign.script_version.state != ScriptVersion.State.APPROVED:
        blockers.append(f"{campaign.script_version} is not approved: choose an approved version, or have it approved.")
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
    if not campaign.tenant.seller_phone:
        # 16 CFR 310.4(b)(4)(iii): whoever answers and finds no agent must hear one.
        blockers.append("The organisation's settings have no telephone number of the seller: an owner fills it in.")
    return blockers


def list_usable_script_versions(*, current: int | None = None) -> QuerySet[ScriptVersion]:
    """The newest approved version of every script in use, and `current`, the version a campaign already has."""
    approved = ScriptVersion.objects.filter(script_id=OuterRef("script_id"), state=ScriptVersion.State.APPROVED)
    newest = approved.order_by("-number").values("id")[:1]
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
