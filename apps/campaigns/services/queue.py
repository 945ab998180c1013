"""A campaign's queue: taking leads in, claiming the next ones, and putting them back.

A lead becomes READY only under `hold_queue`, and claims run under it too, so the floor of a place (QueueFloor) can
never pass a lead that has just come back.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import F

from apps.campaigns.domain.retry import FREE_OUTCOMES, next_attempt
from apps.campaigns.models import Campaign, CampaignImport, CampaignLead, CampaignList, CampaignTotals, QueueState
from apps.leads.models import LeadImport
from apps.tenants.scope import get_tenant_id

PRIORITY_NOW = 0
PRIORITY_CALLBACK = 10
PRIORITY_ORDINARY = 50
# A refusal that time does not heal (no consent, on a register) is looked at again after this: facts change.
RECHECK = timedelta(hours=12)
# Why a lead waits that an agent has promised to call.
PROMISED = "callback_personal"
# Why a lead waits that was talked to: nobody calls again before somebody says what came of the talk.
AWAITING_DISPOSITION = "awaiting_disposition"
ANSWERED_OUTCOMES = frozenset({"CONNECTED", "ABANDONED", "HUNG_UP", "MACHINE", "FAX"})
# Ids below the newest lead taken in that may still have been in an open short transaction.
LOOK_BACK = 10_000

# Lowers the floors of the places that the leads of `back` (place_id, priority, id) enter.
# A floor is replaced by a new row, never changed: the versions that a changed row leaves behind while an old
# transaction is open would have to be stepped over at every look. The newest one of a place counts.
_LOWER = """
, lower as (
    select first.*, floor.id as floor_id from (
        select distinct on (place_id) place_id, priority, id from back order by place_id, priority, id
    ) first
    left join lateral (
        select id, priority, last_id from campaigns_queuefloor
        where tenant_id = %(tenant)s and campaign_id = %(campaign)s and place_id = first.place_id
        order by id desc limit 1
    ) floor on true
    where floor.id is null or (floor.priority, floor.last_id) >= (first.priority, first.id)
), replaced as (
    delete from campaigns_queuefloor where tenant_id = %(tenant)s and id in (select floor_id from lower)
), moved as (
    insert into campaigns_queuefloor (tenant_id, campaign_id, place_id, priority, last_id)
    select %(tenant)s, %(campaign)s, place_id, priority, id - 1 from lower
)
"""

_TAKE_IN = f"""
with back as (
    insert into campaigns_campaignlead
        (tenant_id, campaign_id, lead_id, place_id, state, priority, attempt_count, outcome_counts, reason)
    select l.tenant_id, %(campaign)s, l.id, l.place_id, 1, 50 - greatest(-40, least(40, l.rank)), 0, '{{{{}}}}', ''
    from leads_lead l
    where l.tenant_id = %(tenant)s and l.lead_list_id = %(list)s and {{which}}
    order by l.id
    on conflict (tenant_id, campaign_id, lead_id) do nothing
    returning place_id, priority, id
){_LOWER}select count(*) from back
"""  # noqa: S608 - no value is part of the text

_CALL_NOW = f"""
with back as (
    insert into campaigns_campaignlead as row
        (tenant_id, campaign_id, lead_id, place_id, state, priority, attempt_count, outcome_counts, reason)
    select %(tenant)s, %(campaign)s, v.lead_id, v.place_id, 1, %(priority)s, 0, '{{}}', ''
    from unnest(%(leads)s::bigint[], %(places)s::bigint[]) as v (lead_id, place_id)
    order by v.lead_id
    on conflict (tenant_id, campaign_id, lead_id) do update
        set state = 1, priority = excluded.priority, place_id = excluded.place_id, next_attempt_at = null, reason = ''
        where row.state <> 2
    returning place_id, priority, id
){_LOWER}select 1
"""  # noqa: S608 - likewise

_LOWER_FLOORS = f"""
with back as (
    select place_id, priority, id from campaigns_campaignlead
    where tenant_id = %(tenant)s and campaign_id = %(campaign)s and id = any(%(ids)s)
){_LOWER}select 1
"""  # noqa: S608 - likewise

# The best place first looks at one index entry in each open place, without a lock.
_BEST_PLACE = """
select floor.id, floor.place_id, floor.priority, floor.last_id, head.priority
from unnest(%(places)s::bigint[]) as open (place_id)
cross join lateral (
    select * from campaigns_queuefloor
    where tenant_id = %(tenant)s and campaign_id = %(campaign)s and place_id = open.place_id
    order by id desc limit 1
) floor
cross join lateral (
    select priority from campaigns_campaignlead
    where tenant_id = %(tenant)s and campaign_id = %(campaign)s and place_id = open.place_id and state = 1
      and (priority, id) > (floor.priority, floor.last_id)
    order by priority, id limit 1
) head
order by head.priority, random() limit 1
"""

# The floor comes as values: joined in, it might be compared only after all that has been claimed was read.
_CLAIM = """
with next as (
    select id, priority from campaigns_campaignlead
    where tenant_id = %(tenant)s and campaign_id = %(campaign)s and place_id = %(place)s and state = 1
      and (priority, id) > (%(floor_priority)s, %(floor_lead)s) and priority <= %(priority)s
    order by priority, id limit %(n)s for no key update skip locked
), claimed as (
    update campaigns_campaignlead cl set state = 2 from next
    where cl.tenant_id = %(tenant)s and cl.id = next.id returning cl.id, cl.priority
), replaced as (
    delete from campaigns_queuefloor
    where tenant_id = %(tenant)s and id = %(floor)s and exists (select from claimed)
), moved as (
    insert into campaigns_queuefloor (tenant_id, campaign_id, place_id, priority, last_id)
    select %(tenant)s, %(campaign)s, %(place)s, priority, id from claimed order by priority desc, id desc limit 1
)
select id from claimed order by priority, id
"""


@dataclass(frozen=True, slots=True)
class Park:
    """Put a claimed lead aside for `reason` until `until`; None finishes it."""

    campaign_lead_id: int
    reason: str
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a lead stood in its queue before it was claimed by hand."""

    campaign_lead_id: int
    state: int
    reason: str
    next_attempt_at: datetime | None


def hold_queue(campaign_id: int) -> None:
    """Hold the campaign's queue until the transaction ends; waits for whoever holds it."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(hashtextextended('queue', %s))", [campaign_id])


def take_in_new_leads(*, campaign: Campaign) -> int:
    """Take leads of the campaign's lists that are not in its queue yet; returns how many."""
    hold_queue(campaign.id)
    added = 0
    for link in CampaignList.objects.filter(campaign=campaign).order_by("id"):
        newest = _newest_lead_id(link.lead_list_id)
        if newest > link.last_lead_id:
            since = max(0, link.last_lead_id - LOOK_BACK) if link.last_lead_id else 0
            found = _take_in(campaign.id, link.lead_list_id, "l.id > %(since)s", since=since)
            # A lead below the newest may commit after it, so only a look that finds nothing more is the last one.
            link.last_lead_id = newest - 1 if found else newest
            link.save(update_fields=["last_lead_id"])
            added += found
    for done in _imports_to_take_in(campaign):
        added += _take_in(
            campaign.id,
            done.lead_list_id,
            "l.id between %(first)s and %(last)s",
            first=done.first_lead_id,
            last=done.last_lead_id,
        )
        CampaignImport.objects.create(campaign=campaign, lead_import=done)
    return added


def _newest_lead_id(lead_list_id: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute("select coalesce(max(id), 0) from leads_lead where lead_list_id = %s", [lead_list_id])
        return int(cursor.fetchone()[0])


def _imports_to_take_in(campaign: Campaign) -> Sequence[LeadImport]:
    taken = CampaignImport.objects.filter(campaign=campaign).values("lead_import_id")
    lists = CampaignList.objects.filter(campaign=campaign).values("lead_list_id")
    return list(
        LeadImport.objects.filter(lead_list_id__in=lists, state=LeadImport.State.DONE, first_lead_id__isnull=False)
        .exclude(id__in=taken)
        .order_by("id")
    )


def _take_in(campaign_id: int, lead_list_id: int, which: str, **bounds: int | None) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            _TAKE_IN.format(which=which),
            {"tenant": get_tenant_id(), "campaign": campaign_id, "list": lead_list_id, **bounds},
        )
        return int(cursor.fetchone()[0])


def call_now(*, campaign: Campaign, places: Mapping[int, int]) -> None:
    """Put leads (lead id to place id) at the head of the queue; one that is being called stays as it is."""
    hold_queue(campaign.id)
    with connection.cursor() as cursor:
        cursor.execute(
            _CALL_NOW,
            {
                "tenant": get_tenant_id(),
                "campaign": campaign.id,
                "leads": list(places),
                "places": list(places.values()),
                "priority": PRIORITY_NOW,
            },
        )


def promote_due(*, campaign_id: int, at: datetime, limit: int = 5_000) -> int:
    """Make waiting leads whose time has come ready again; returns how many."""
    hold_queue(campaign_id)
    due = list(
        CampaignLead.objects.filter(campaign_id=campaign_id, state=QueueState.WAITING, next_attempt_at__lte=at)
        .order_by("next_attempt_at")
        .values_list("id", flat=True)[:limit]
    )
    if due:
        CampaignLead.objects.filter(id__in=due).update(state=QueueState.READY, next_attempt_at=None, reason="")
        _lower_floors(campaign_id, due)
    return len(due)


def move_leads(*, lead_ids: Sequence[int]) -> None:
    """Let the queues follow leads whose place has changed, so that they open and close with their new place."""
    rows = CampaignLead.objects.filter(lead_id__in=lead_ids).exclude(place_id=F("lead__place_id"))
    campaign_ids = rows.order_by("campaign_id").values_list("campaign_id", flat=True).distinct()
    for campaign_id in list(campaign_ids):
        hold_queue(campaign_id)
        moved = list(rows.filter(campaign_id=campaign_id).select_related("lead").order_by("id"))
        for row in moved:
            row.place_id = row.lead.place_id
        CampaignLead.objects.bulk_update(moved, ["place"], batch_size=500)
        _lower_floors(campaign_id, [row.id for row in moved])


def _lower_floors(campaign_id: int, ids: Sequence[int]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_LOWER_FLOORS, {"tenant": get_tenant_id(), "campaign": campaign_id, "ids": list(ids)})


def claim_next(*, campaign_id: int, place_ids: Sequence[int], n: int) -> list[int]:
    """Claim up to `n` ready leads of the open places, best priority first; returns ids of CampaignLead.

    The cost does not grow with the queue, with what has been claimed before, nor under a long open transaction.
    """
    hold_queue(campaign_id)
    claimed: list[int] = []
    arguments: dict[str, Any] = {"tenant": get_tenant_id(), "campaign": campaign_id, "places": list(place_ids)}
    with connection.cursor() as cursor:
        while len(claimed) < n:
            cursor.execute(_BEST_PLACE, arguments)
            best = cursor.fetchone()
            if best is None:
                break
            names = ("floor", "place", "floor_priority", "floor_lead", "priority")
            cursor.execute(_CLAIM, {**arguments, **dict(zip(names, best, strict=True)), "n": n - len(claimed)})
            claimed += [row[0] for row in cursor.fetchall()]
    return claimed


def park(parks: Iterable[Park], *, at: datetime) -> None:
    """Put claimed leads aside with the gate's reason; a refusal that no time heals is looked at again in 12 hours."""
    rows = [
        CampaignLead(
            id=item.campaign_lead_id,
            state=QueueState.WAITING,
            reason=item.reason,
            next_attempt_at=item.until or at + RECHECK,
        )
        for item in parks
    ]
    CampaignLead.objects.bulk_update(rows, ["state", "reason", "next_attempt_at"], batch_size=500)


def release(*, campaign_lead_id: int, at: datetime, reason: str = "") -> None:
    """Give back a lead that was claimed and not called; it is next in line at the next tick."""
    CampaignLead.objects.filter(id=campaign_lead_id, state=QueueState.RESERVED).update(
        state=QueueState.WAITING, next_attempt_at=at, reason=reason
    )


def record_outcome(*, campaign_lead_id: int, outcome: str, is_abandoned: bool, at: datetime) -> None:
    """Count an attempt's outcome and plan what comes next for the lead.

    After a talk the lead waits for its disposition, which says what follows: `finish_lead`, `try_again` or
    `hold_for_agent`. One that was done before somebody called it by hand stays done when no talk came of it.
    """
    row = CampaignLead.objects.select_for_update(of=("self",)).select_related("campaign").get(id=campaign_lead_id)
    counts = {**row.outcome_counts, outcome: row.outcome_counts.get(outcome, 0) + 1}
    attempts = row.attempt_count + (outcome not in FREE_OUTCOMES)
    retry = next_attempt(
        outcome=outcome,
        counts=counts,
        attempt_count=attempts,
        max_attempts=row.campaign.max_attempts,
        plan=row.campaign.retry_plan,
        ended_at=at,
    )
    row.outcome_counts, row.attempt_count = counts, attempts
    is_talk = outcome == "CONNECTED"
    if row.state == QueueState.RESERVED and row.reason and not is_talk:
        row.state = QueueState.DONE
    elif row.state == QueueState.RESERVED:
        row.state = QueueState.DONE if retry.at is None and not is_talk else QueueState.WAITING
        row.next_attempt_at = None if is_talk else retry.at
        row.reason = AWAITING_DISPOSITION if is_talk else retry.reason
    row.save(update_fields=["outcome_counts", "attempt_count", "state", "next_attempt_at", "reason"])
    CampaignTotals.objects.filter(campaign_id=row.campaign_id).update(
        dialled=F("dialled") + int(outcome not in FREE_OUTCOMES),
        answered=F("answered") + int(outcome in ANSWERED_OUTCOMES),
        abandoned=F("abandoned") + int(is_abandoned),
    )


def finish_lead(*, campaign_lead_id: int, reason: str) -> None:
    """The lead is done in this campaign."""
    CampaignLead.objects.filter(id=campaign_lead_id).update(
        state=QueueState.DONE, reason=reason[:24], next_attempt_at=None
    )


def try_again(*, campaign_lead_id: int, at: datetime, reason: str, priority: int | None = None) -> None:
    """The lead waits until `at`, and then takes its place by `priority`, or its old one."""
    changes: dict[str, object] = {"state": QueueState.WAITING, "reason": reason[:24], "next_attempt_at": at}
    if priority is not None:
        changes["priority"] = priority
    CampaignLead.objects.filter(id=campaign_lead_id).update(**changes)


def hold_for_agent(*, campaign_lead_id: int) -> None:
    """The lead waits for the agent who promised to call back; the dialler leaves it alone."""
    CampaignLead.objects.filter(id=campaign_lead_id).update(
        state=QueueState.WAITING, reason=PROMISED, next_attempt_at=None
    )


def claim_one(*, campaign_id: int, campaign_lead_id: int) -> Standing | None:
    """Claim one particular lead, for a manual dial or a kept call-back.

    Answers where it stood, for `put_back`; None when it is being called already. A done lead keeps the reason for which
    it is done, and no other claimed lead has one: see `was_done`.
    """
    hold_queue(campaign_id)
    free = CampaignLead.objects.exclude(state=QueueState.RESERVED).filter(id=campaign_lead_id)
    row = free.select_for_update(of=("self",)).first()
    if row is None:
        return None
    reason = row.reason if row.state == QueueState.DONE else ""
    free.update(state=QueueState.RESERVED, next_attempt_at=None, reason=reason)
    return Standing(row.id, row.state, row.reason, row.next_attempt_at)


def was_done(campaign_lead_id: int) -> bool:
    """Whether a claimed lead was done with before somebody called it by hand: only a talk can change that."""
    return CampaignLead.objects.filter(id=campaign_lead_id, state=QueueState.RESERVED).exclude(reason="").exists()


def put_back(standing: Standing) -> None:
    """Undo `claim_one` in its own transaction, which still holds the queue: the lead was not called.

    A lead that is done stays done, and one that was promised to an agent stays promised.
    """
    CampaignLead.objects.filter(id=standing.campaign_lead_id).update(
        state=standing.state, reason=standing.reason, next_attempt_at=standing.next_attempt_at
    )
