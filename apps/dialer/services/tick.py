"""One tick of one campaign: its life, its queue, its pace, its dials. Everything is read from rows on each tick."""

from collections.abc import Callable
from datetime import datetime

from django.conf import settings
from django.db.models import Q

from apps.agents.models import AgentSession, AgentState
from apps.agents.selectors import count_by_state, list_ready
from apps.agents.services import sessions
from apps.calls.enums import AttemptState
from apps.calls.models import Attempt
from apps.calls.selectors import abandoned_percent, count_in_flight
from apps.calls.services.callbacks import hand_over_missed
from apps.campaigns.models import Campaign, DialMode
from apps.campaigns.selectors import find_blockers, get_campaign
from apps.campaigns.services import life, queue
from apps.core import clock
from apps.core.publish import publish
from apps.dialer.domain.pacing import Pace, Snapshot, decide
from apps.dialer.models import Pulse
from apps.dialer.services import reserve
from apps.tenants.scope import tenant_scope


def tick_campaign(*, tenant_id: int, campaign_id: int, at: datetime) -> None:
    """Do what is due for the campaign at `at`, in three short transactions; does nothing while another worker ticks it.

    Agents, queue and dials are apart because a callback holds its attempt while it waits for its agent: a transaction
    that held agents and then wanted leads or the ledger would wait for it in a circle.
    """
    for step in (_look_after_campaign, _look_after_queue, _dial_now):
        if not _take_step(step, tenant_id, campaign_id, at):
            return


def dial_campaign(*, tenant_id: int, campaign_id: int, at: datetime) -> None:
    """Only a tick's dials, for when an agent or a lead has just become ready: they need not wait for the next tick."""
    _take_step(_dial_now, tenant_id, campaign_id, at)


def _take_step(step: Callable[[Campaign, datetime], None], tenant_id: int, campaign_id: int, at: datetime) -> bool:
    with tenant_scope(tenant_id):
        if not reserve.try_lock_campaign(campaign_id):
            return False
        step(get_campaign(campaign_id), at)
    return True


def _look_after_campaign(campaign: Campaign, at: datetime) -> None:
    _follow_schedule(campaign, at)
    sessions.retire_former_members(campaign_id=campaign.id, at=at)
    sessions.expire_wrap_ups(campaign_id=campaign.id, at=at)
    sessions.expire_previews(campaign=campaign, at=at)
    sessions.expire_unseen(campaign_id=campaign.id, before=at - clock.real_seconds(sessions.DESK_SILENCE), at=at)


def _look_after_queue(campaign: Campaign, at: datetime) -> None:
    if campaign.state == Campaign.State.RUNNING:
        queue.take_in_new_leads(campaign=campaign)
        queue.promote_due(campaign_id=campaign.id, at=at)
        hand_over_missed(campaign_id=campaign.id, at=at)
        _place_again(campaign)


def _dial_now(campaign: Campaign, at: datetime) -> None:
    if campaign.state == Campaign.State.RUNNING:
        blockers = find_blockers(campaign)
        pace, dials = (Pace(0, True, " ".join(blockers)), 0) if blockers else _dial(campaign, at)
        _record_pulse(campaign, pace, dials, at)


def _follow_schedule(campaign: Campaign, at: datetime) -> None:
    if campaign.state == Campaign.State.SCHEDULED and campaign.starts_at and campaign.starts_at <= at:
        life.change_state(campaign=campaign, state=Campaign.State.RUNNING, at=at, reason="Its start time has come.")
    if campaign.state == Campaign.State.RUNNING and campaign.ends_at and campaign.ends_at <= at:
        life.change_state(campaign=campaign, state=Campaign.State.COMPLETED, at=at, reason="Its end time has come.")


def _place_again(campaign: Campaign) -> None:
    """Wake a worker for every attempt still reserved: its message may be lost, or there was no slot for it."""
    for attempt in Attempt.objects.filter(campaign=campaign, state=AttemptState.RESERVED).order_by("reserved_at"):
        reserve.place_on_commit(attempt)


def _dial(campaign: Campaign, at: datetime) -> tuple[Pace, int]:
    place_ids = reserve.open_place_ids(campaign, at=at)
    ready = list(list_ready(campaign.id).select_related("user"))
    counts = count_by_state(campaign.id)
    pace = decide(
        Snapshot(
            mode=campaign.dial_mode,
            ratio=campaign.ratio,
            ready=len(ready),
            signed_in=sum(n for state, n in counts.items() if state != AgentState.OFFLINE),
            in_flight=count_in_flight(campaign.id),
            callable_now=bool(place_ids),
            abandoned_percent=abandoned_percent(campaign.id, at=at) if campaign.dial_mode == DialMode.RATIO else 0.0,
            cap=_cap(campaign),
        )
    )
    if not pace.dials:
        return pace, 0
    if campaign.dial_mode == DialMode.PREVIEW:
        done = reserve.offer_previews(campaign, ready[: pace.dials], place_ids=place_ids, at=at)
    elif pace.is_bound:
        done = reserve.dial_for_agents(
            campaign, ready[: pace.dials], place_ids=place_ids, mode=DialMode.PROGRESSIVE, at=at
        )
    else:
        done = reserve.dial_ahead(campaign, n=pace.dials, place_ids=place_ids, at=at)
    if done < pace.dials:
        return Pace(done, pace.is_bound, f"Started {done} of {pace.dials}: no more leads may be called now."), done
    return pace, done


def _cap(campaign: Campaign) -> int:
    """New calls that the account's rate allows until the next tick, less those waiting for a slot."""
    assert campaign.caller_id is not None  # noqa: S101 - find_blockers has seen to it
    per_tick = campaign.caller_id.account.cps * settings.TICK_SECONDS * clock.speed()
    waiting = Attempt.objects.filter(state=AttemptState.RESERVED).count()
    return max(0, max(1, int(per_tick)) - waiting)


def _record_pulse(campaign: Campaign, pace: Pace, dials: int, at: datetime) -> None:
    Pulse.objects.update_or_create(
        campaign=campaign, defaults={"ticked_at": at, "dials": dials, "reason": pace.reason[:300]}
    )
    publish(campaign.tenant_id, f"campaign:{campaign.id}", {"pulse": pace.reason})


def running_campaign_ids(*, tenant_id: int) -> list[int]:
    """Campaigns of a tenant that need ticks: running or scheduled ones, and those with someone at a desk."""
    states = [Campaign.State.RUNNING, Campaign.State.SCHEDULED, Campaign.State.PAUSED]
    with tenant_scope(tenant_id):
        staffed = AgentSession.objects.filter(ended_at__isnull=True).values("campaign_id")
        wanted = Campaign.objects.filter(Q(state__in=states) | Q(id__in=staffed))
        return list(wanted.order_by("id").values_list("id", flat=True))
