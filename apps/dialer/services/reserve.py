"""Picking who is next: claim, ask the gate, and write an attempt with its decision, or park the lead with the reason."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

from django.db import connection

from apps.accounts.models import User
from apps.agents.models import AgentSession
from apps.agents.services import sessions
from apps.calls.models import Attempt
from apps.calls.selectors import find_over_quota, requests_for
from apps.campaigns.models import Campaign, CampaignLead, DialMode
from apps.campaigns.services import queue
from apps.compliance import models as compliance
from apps.compliance.services import gate
from apps.core.errors import AppError, ConflictError, NotAllowedError
from apps.core.jobs import enqueue
from apps.dialer.selectors import place_windows

# Leads looked at in one go; a list of which nothing may be called must not hold the queue for long.
MOST_LOOKED_AT = 200
QUOTA_FULL = "quota_full"
# Somebody in the tenant is calling this number at the moment.
LIVE_ELSEWHERE = timedelta(minutes=10)


class CallRefusedError(NotAllowedError):
    """The gate does not allow the call; `decision` says why and from when."""

    code = "call_refused"

    def __init__(self, decision: compliance.Decision) -> None:
        super().__init__("This call is not allowed: " + ", ".join(decision.reasons) + ".")
        self.decision = decision


class LeadBusyError(ConflictError):
    """The lead or its number is being called already."""

    code = "lead_busy"


class QuotaFullError(ConflictError):
    """The campaign has enough people of this kind."""

    code = QUOTA_FULL


@dataclass(frozen=True, slots=True)
class Allowed:
    """A claimed lead that may be called, with the stored decision."""

    campaign_lead: CampaignLead
    decision: compliance.Decision


def open_place_ids(campaign: Campaign, *, at: datetime) -> list[int]:
    """The places of the campaign's queue whose window is open for at least one kind of subject."""
    windows = place_windows(campaign, at=at)
    return [place_id for place_id, states in windows.items() if any(state.is_open for state in states)]


def pick(campaign: Campaign, *, n: int, mode: str, place_ids: Sequence[int], at: datetime) -> list[Allowed]:
    """Claim up to `n` leads that may be called now; those that may not are parked with the gate's reason."""
    allowed: list[Allowed] = []
    looked_at = 0
    while len(allowed) < n and looked_at < MOST_LOOKED_AT:
        ids = queue.claim_next(campaign_id=campaign.id, place_ids=place_ids, n=n - len(allowed))
        if not ids:
            break
        looked_at += len(ids)
        rows = list(CampaignLead.objects.filter(id__in=ids).select_related("lead__place").order_by("priority", "id"))
        allowed += _judge(campaign, _within_quotas(campaign, rows), mode=mode, at=at)
    return allowed


def _within_quotas(campaign: Campaign, rows: Sequence[CampaignLead]) -> list[CampaignLead]:
    """Those of whose kind the campaign still needs people; the others are done."""
    over = find_over_quota(campaign.id, [row.lead for row in rows])
    for row in rows:
        if row.lead_id in over:
            queue.finish_lead(campaign_lead_id=row.id, reason=QUOTA_FULL)
    return [row for row in rows if row.lead_id not in over]


def _judge(campaign: Campaign, rows: Sequence[CampaignLead], *, mode: str, at: datetime) -> list[Allowed]:
    verdicts = gate.check(requests_for(campaign, [row.lead for row in rows], mode=mode, at=at), at=at)
    decisions = gate.store(verdicts, at=at)
    parks, allowed = [], []
    for row, decision in zip(rows, decisions, strict=True):
        if not decision.is_allowed:
            parks.append(queue.Park(row.id, decision.reasons[0], decision.next_allowed_at))
        elif decision.expires_at <= at:
            parks.append(queue.Park(row.id, "calling_time", at + timedelta(minutes=1)))
        else:
            allowed.append(Allowed(row, decision))
    queue.park(parks, at=at)
    return allowed


def write_attempt(
    campaign: Campaign, allowed: Allowed, *, mode: str, agent: User | None, at: datetime
) -> Attempt | None:
    """Write the reserved attempt; None, with the lead parked, when its number is live already in the tenant."""
    assert campaign.caller_id is not None  # noqa: S101 - campaigns.selectors.find_blockers has seen to it
    attempt = Attempt(
        id=uuid4(),
        tenant_id=campaign.tenant_id,
        campaign=campaign,
        campaign_lead=allowed.campaign_lead,
        lead=allowed.campaign_lead.lead,
        decision=allowed.decision,
        caller_id=campaign.caller_id,
        phone=allowed.campaign_lead.lead.phone,
        mode=mode,
        agent=agent,
        script_version_id=campaign.script_version_id,
        reserved_at=at,
    )
    Attempt.objects.bulk_create([attempt], ignore_conflicts=True)
    if not Attempt.objects.filter(id=attempt.id).exists():
        queue.park([queue.Park(allowed.campaign_lead.id, "live_elsewhere", at + LIVE_ELSEWHERE)], at=at)
        return None
    return attempt


def place_on_commit(attempt: Attempt) -> None:
    """Wake a worker to place the attempt once it is committed."""
    enqueue("calls.place_attempt", tenant_id=attempt.tenant_id, attempt_id=str(attempt.id))


def dial_for_agents(
    campaign: Campaign, ready: Sequence[AgentSession], *, place_ids: Sequence[int], mode: str, at: datetime
) -> int:
    """Bind each ready agent to one call; returns how many were started."""
    started = 0
    picked = pick(campaign, n=len(ready), mode=mode, place_ids=place_ids, at=at)
    for session, allowed in zip(ready, picked, strict=False):
        attempt = write_attempt(campaign, allowed, mode=mode, agent=session.user, at=at)
        if attempt is not None and sessions.bind_attempt(session_id=session.id, attempt=attempt, at=at):
            place_on_commit(attempt)
            started += 1
        elif attempt is not None:
            attempt.delete()
            queue.release(campaign_lead_id=allowed.campaign_lead.id, at=at)
    return started


def dial_ahead(campaign: Campaign, *, n: int, place_ids: Sequence[int], at: datetime) -> int:
    """Start up to `n` calls for whoever will be ready when they answer; returns how many were started."""
    started = 0
    for allowed in pick(campaign, n=n, mode=DialMode.RATIO, place_ids=place_ids, at=at):
        attempt = write_attempt(campaign, allowed, mode=DialMode.RATIO, agent=None, at=at)
        if attempt is not None:
            place_on_commit(attempt)
            started += 1
    return started


def offer_previews(campaign: Campaign, ready: Sequence[AgentSession], *, place_ids: Sequence[int], at: datetime) -> int:
    """Show each ready agent a lead that may be called now; returns how many were offered."""
    offered = 0
    picked = pick(campaign, n=len(ready), mode=DialMode.PREVIEW, place_ids=place_ids, at=at)
    for session, allowed in zip(ready, picked, strict=False):
        if sessions.offer_preview(session_id=session.id, campaign_lead_id=allowed.campaign_lead.id, at=at):
            offered += 1
        else:
            queue.release(campaign_lead_id=allowed.campaign_lead.id, at=at)
    return offered


def dial_lead(*, session: AgentSession, campaign_lead_id: int, at: datetime) -> Attempt:
    """Start the call that an agent asked for: the previewed lead, a call-back, or one they searched for.

    Raises CallRefusedError with the stored decision, LeadBusyError, QuotaFullError, or ConflictError when the agent
    or the campaign cannot take it. Whatever it raises, the lead is back in the queue: commit all the same. One that the
    agent has chosen by hand then stands where it stood before.
    """
    campaign = Campaign.objects.select_related("caller_id").get(id=session.campaign_id)
    if campaign.state != Campaign.State.RUNNING:
        raise ConflictError("The campaign is not running.", code="campaign_not_running")
    if session.preview_lead_id == campaign_lead_id:
        return _dial_claimed(campaign, session, campaign_lead_id, mode=DialMode.PREVIEW, at=at)
    standing = queue.claim_one(campaign_id=campaign.id, campaign_lead_id=campaign_lead_id)
    if standing is None:
        raise LeadBusyError("This lead is being called already.")
    try:
        return _dial_claimed(campaign, session, campaign_lead_id, mode=DialMode.MANUAL, at=at)
    except QuotaFullError:
        raise
    except AppError:
        queue.put_back(standing)
        raise


def _dial_claimed(
    campaign: Campaign, session: AgentSession, campaign_lead_id: int, *, mode: str, at: datetime
) -> Attempt:
    """Call a claimed lead for an agent; whatever is raised, the lead has been parked, given back or finished."""
    row = CampaignLead.objects.select_related("lead__place").get(id=campaign_lead_id, campaign=campaign)
    if not _within_quotas(campaign, [row]):
        raise QuotaFullError("Enough people of this kind have been interviewed: this lead is done.")
    verdicts = gate.check(requests_for(campaign, [row.lead], mode=mode, at=at), at=at)
    decision = gate.store(verdicts, at=at)[0]
    if not decision.is_allowed:
        queue.park([queue.Park(row.id, decision.reasons[0], decision.next_allowed_at)], at=at)
        raise CallRefusedError(decision)
    attempt = write_attempt(campaign, Allowed(row, decision), mode=mode, agent=session.user, at=at)
    if attempt is None:
        raise LeadBusyError("Somebody is on the phone with this number already.")
    if not sessions.bind_attempt(session_id=session.id, attempt=attempt, at=at):
        attempt.delete()
        queue.release(campaign_lead_id=row.id, at=at)
        raise ConflictError("Go ready, or finish the call you are on, before you dial.", code="agent_state")
    place_on_commit(attempt)
    return attempt


def try_lock_campaign(campaign_id: int) -> bool:
    """Take the campaign's tick for this transaction; False when another worker has it."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_try_advisory_xact_lock(hashtextextended('tick', %s))", [campaign_id])
        return bool(cursor.fetchone()[0])
