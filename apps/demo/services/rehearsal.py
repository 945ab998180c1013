"""The main job in one go, on throw-away services: a lead file, simulated agents, and what came of it."""

import asyncio
import json
import logging
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from asgiref.sync import sync_to_async
from django.conf import settings
from django.core.files import File
from django.db.models import QuerySet

from apps.accounts.models import Role
from apps.calls.models import Attempt
from apps.calls.selectors import requests_for
from apps.campaigns.models import Campaign, CampaignLead, DialMode, QueueState
from apps.compliance.services import gate
from apps.core import clock
from apps.demo.services.agents import Floor, SimulatedAgent, staff
from apps.demo.services.invariants import Dial, check_invariants, list_unfinished, read_dials
from apps.demo.services.no_dials import explain_no_dials
from apps.demo.services.office import PASSWORD, add_person, furnish, open_campaign, open_tenant
from apps.demo.services.seed import QUESTIONS, SCRIPT
from apps.dialer.services.reserve import open_place_ids
from apps.leads.domain.mapping import ColumnMapping
from apps.leads.models import Lead, LeadImport
from apps.leads.services.imports import ImportOptions, start_import, upload_file
from apps.leads.services.lists import create_list
from apps.tenants.models import LegalProfile
from apps.tenants.scope import tenant_scope

logger = logging.getLogger(__name__)

SLUG = "rehearsal"
# Real seconds between two looks at how far the rehearsal is.
LOOK_SECONDS = 1.0
# So long after the end of the day calls may still go on; what goes on then, never ends, and is reported.
LAST_CALLS = timedelta(hours=1)
BATCH = 500
Say = Callable[[str], None]


class RehearsalError(Exception):
    """The file cannot be rehearsed; the message says what to change."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What to rehearse; `hours` is the longest simulated time that agents work."""

    file: Path
    agents: int
    mode: DialMode
    purpose: LegalProfile
    hours: float


@dataclass(frozen=True, slots=True)
class Stage:
    """The throw-away tenant with its campaign."""

    tenant_id: int
    campaign_id: int
    import_id: int


def run_rehearsal(plan: Plan, *, say: Say) -> dict[str, Any]:
    """Load the file, staff a campaign, let it run, and return the summary. Raises RehearsalError."""
    started_at = clock.now()
    stage = _set_the_stage(plan)
    _await_import(stage, say)
    with tenant_scope(stage.tenant_id):
        at_start = _judge_all(stage.campaign_id)
    asyncio.run(_work(plan, stage, say))
    dials = read_dials(_fetch_dials())
    with tenant_scope(stage.tenant_id):
        return _summary(plan, stage, at_start, dials, started_at)


def _set_the_stage(plan: Plan) -> Stage:
    at = clock.now()
    tenant = open_tenant(slug=SLUG, name="Rehearsal", profile=plan.purpose)
    with tenant_scope(tenant.id):
        office = furnish(tenant, script_text=SCRIPT, questions=QUESTIONS, cps=float(max(5, plan.agents)), at=at)
        for number in range(plan.agents):
            add_person(tenant, role=Role.AGENT, email=_email(number), name=f"Simulated agent {number + 1}")
        lead_list = create_list(name=plan.file.name[:120], created_by=None, at=at)
        with plan.file.open("rb") as stream:
            lead_import = upload_file(
                lead_list=lead_list, upload=File(stream, name=plan.file.name), uploaded_by=None, at=at
            )
        mapping = ColumnMapping.from_json(lead_import.mapping, tuple(lead_import.mapping["columns"]))
        start_import(import_id=lead_import.id, mapping=mapping, options=ImportOptions(), started_by=None, at=at)
        campaign = open_campaign(
            office,
            name="Rehearsal",
            lists=[lead_list],
            mode=plan.mode,
            at=at,
            # At a high speed a moment of this machine is minutes of the simulated agents; do not time them out.
            preview_seconds=1800,
            wrap_up_seconds=1800,
        )
    return Stage(tenant.id, campaign.id, lead_import.id)


def _email(number: int) -> str:
    return f"agent-{number + 1}@{SLUG}.example.test"


def _await_import(stage: Stage, say: Say) -> None:
    while True:
        with tenant_scope(stage.tenant_id):
            lead_import = LeadImport.objects.get(id=stage.import_id)
        if lead_import.state == LeadImport.State.FAILED:
            raise RehearsalError(lead_import.error)
        if lead_import.state == LeadImport.State.DONE:
            say(f"Loaded: {lead_import.accepted} accepted, {lead_import.invalid} rejected.")
            break
        _wait()
    while True:
        with tenant_scope(stage.tenant_id):
            taken_in = CampaignLead.objects.filter(campaign_id=stage.campaign_id).count()
        if taken_in >= lead_import.accepted:
            return
        _wait()


def _wait() -> None:
    asyncio.run(asyncio.sleep(0.2))


async def _work(plan: Plan, stage: Stage, say: Say) -> None:
    floor = Floor(settings.PUBLIC_BASE_URL, settings.SIMULATOR_URL, SLUG, clock.speed())
    agents = [SimulatedAgent(floor, email=_email(number), password=PASSWORD) for number in range(plan.agents)]
    shift = asyncio.ensure_future(staff(agents))
    until = clock.now() + timedelta(hours=plan.hours)
    try:
        while not await _in_thread(_look, stage, until, say):
            if shift.done():
                await shift
            await asyncio.sleep(LOOK_SECONDS)
    finally:
        shift.cancel()
        with suppress(asyncio.CancelledError):
            await shift


async def _in_thread(function: Callable[..., Any], *arguments: Any) -> Any:  # noqa: ANN401 - any read of rows
    return await sync_to_async(function, thread_sensitive=True)(*arguments)


def _look(stage: Stage, until: datetime, say: Say) -> bool:
    return is_over(stage, at=clock.now(), until=until, say=say)


def is_over(stage: Stage, *, at: datetime, until: datetime, say: Say) -> bool:
    """Whether everything that can be done in time has been done; ends the campaign's dialling at `until`."""
    with tenant_scope(stage.tenant_id):
        campaign = Campaign.objects.get(id=stage.campaign_id)
        counts = Counter(CampaignLead.objects.filter(campaign=campaign).values_list("state", flat=True))
        waiting = CampaignLead.objects.filter(campaign=campaign, state=QueueState.WAITING)
        is_due = waiting.filter(next_attempt_at__lte=until).exists()
        is_callable = counts[QueueState.READY] and bool(open_place_ids(campaign, at=at))
        goes_on = list_unfinished().exists()
        say(
            f"{at:%H:%M} UTC: {counts[QueueState.READY]} ready, {counts[QueueState.RESERVED]} being called, "
            f"{counts[QueueState.WAITING]} waiting, {counts[QueueState.DONE]} done"
        )
        if at >= until and campaign.state == Campaign.State.RUNNING:
            Campaign.objects.filter(id=campaign.id).update(state=Campaign.State.PAUSED)
    if goes_on:
        return at >= until + LAST_CALLS
    return at >= until or not (is_callable or is_due)


def _fetch_dials() -> list[dict[str, Any]]:
    """Everything that the simulator has dialled."""
    rows: list[dict[str, Any]] = []
    after = 0
    while True:
        url = f"{settings.SIMULATOR_URL}/sim/dials?after={after}&limit=10000"
        with urllib.request.urlopen(url, timeout=60) as answer:  # noqa: S310 - the simulator, on loopback
            page = json.load(answer)
        if not page["dials"]:
            return rows
        rows += page["dials"]
        after = page["next"]


def _judge_all(campaign_id: int) -> dict[str, Any]:
    """What the gate says of every lead before the first dial: callable now, later, or not at all, by reason."""
    campaign = Campaign.objects.get(id=campaign_id)
    now, later, never = 0, Counter[str](), Counter[str]()
    leads = Lead.objects.filter(id__in=CampaignLead.objects.filter(campaign=campaign).values("lead_id"))
    at = clock.now()
    for batch in _batches(leads.select_related("place").order_by("id")):
        for verdict in gate.check(requests_for(campaign, batch, mode=campaign.dial_mode, at=at), at=at):
            decision = verdict.decision
            now += decision.is_allowed
            (later if decision.next_allowed_at else never).update(decision.reasons)
    return {
        "callable_now": now,
        "later_by_reason": dict(sorted(later.items())),
        "not_by_reason": dict(sorted(never.items())),
    }


def _batches(leads: QuerySet[Lead]) -> Iterator[list[Lead]]:
    chunk: list[Lead] = []
    for lead in leads.iterator(chunk_size=BATCH):
        chunk.append(lead)
        if len(chunk) == BATCH:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def _summary(
    plan: Plan, stage: Stage, at_start: dict[str, Any], dials: list[Dial], started_at: datetime
) -> dict[str, Any]:
    lead_import = LeadImport.objects.get(id=stage.import_id)
    attempts = list(Attempt.objects.select_related("disposition").order_by("reserved_at", "id"))
    placed = [item for item in attempts if item.placing_at is not None]
    leads = CampaignLead.objects.filter(campaign_id=stage.campaign_id)
    waiting = Counter(leads.filter(state=QueueState.WAITING).values_list("reason", flat=True))
    done = Counter(leads.filter(state=QueueState.DONE).values_list("reason", flat=True))
    checked = check_invariants(dials)
    campaign = Campaign.objects.select_related("tenant").get(id=stage.campaign_id)
    return {
        "file": plan.file.name,
        "mode": plan.mode.lower(),
        "purpose": plan.purpose.lower(),
        "agents": plan.agents,
        "simulation": True,
        "assumed": "registers of the sample tenant list nobody but the numbers the file itself marks",
        "rows": {
            "accepted": lead_import.accepted,
            "updated": lead_import.updated,
            "duplicates": lead_import.duplicates,
            "rejected": lead_import.invalid,
            "rejected_by_reason": dict(sorted(lead_import.reject_counts.items())),
        },
        "at_start": at_start,
        "at_end": {
            "callable_now": leads.filter(state=QueueState.READY).count(),
            "later_by_reason": dict(sorted(waiting.items())),
            "done_by_reason": dict(sorted(done.items())),
        },
        "dials": len(placed),
        "why_no_dials": None
        if placed
        else explain_no_dials(campaign=campaign, lead_import=lead_import, done=done, hours=plan.hours, at=clock.now()),
        "answers": sum(item.answered_at is not None for item in attempts),
        "contacts": sum(bool(item.disposition and item.disposition.is_contact) for item in attempts),
        "abandoned": sum(item.is_abandoned for item in attempts),
        "outcomes": dict(sorted(Counter(item.outcome for item in attempts).items())),
        "dispositions": dict(sorted(Counter(item.disposition.code for item in attempts if item.disposition).items())),
        "attempts_per_lead": _per_lead(placed, leads.count()),
        "invariants": [asdict(item) for item in checked],
        "is_sound": not any(item.broken for item in checked),
        "simulated_hours": round((clock.now() - started_at).total_seconds() / 3600, 2),
    }


def _per_lead(placed: list[Attempt], leads: int) -> dict[str, int]:
    counts = Counter(Counter(item.lead_id for item in placed).values())
    return {"0": leads - sum(counts.values()), **{str(n): counts[n] for n in sorted(counts)}}
