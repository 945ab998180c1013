"""From POST /api/v1/leads with `call_now` to the carrier's receipt of the call, on a whole platform of its own.

The carrier's clock is ours and runs as fast, so the carrier's own record of when it got the request is compared with
the moment before the POST. Agents are free and every callee is busy, so that nothing else is waited for.
"""

import asyncio
import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime
from statistics import median, quantiles
from typing import Any

import aiohttp
from django.conf import settings

from apps.accounts.models import Role
from apps.agents.models import AgentSession, AgentState
from apps.api.services.keys import KeyTerms, create_key
from apps.campaigns.models import DialMode
from apps.core import clock
from apps.demo.services.agents import Floor, SimulatedAgent, staff
from apps.demo.services.office import PASSWORD, add_person, furnish, open_campaign, open_tenant
from apps.leads.models import LeadList
from apps.tenants.models import LegalProfile
from apps.tenants.scope import tenant_scope
from bench.figures import Figure
from ops.places import ROOT
from ops.throwaway import throwaway_stack

START = datetime(2026, 6, 16, 17, 0, tzinfo=UTC)
SLUG = "speed"
AGENTS, POSTS, SECONDS_BETWEEN = 4, 60, 1.0
_INSIDE = "import django; django.setup(); from bench.speed_to_lead import measure; measure()"


def figures() -> Iterator[Figure]:
    with throwaway_stack(start=START, speed=1.0) as stack:
        done = subprocess.run(
            [sys.executable, "-c", _INSIDE],
            env={**stack.environment, "DJANGO_SETTINGS_MODULE": "config.settings.base"},
            cwd=ROOT,
            stdout=subprocess.PIPE,
            check=True,
        )
    waits = json.loads(done.stdout)
    yield Figure("leads posted with call_now", POSTS, "leads")
    yield Figure("of these asked of the carrier", len(waits), "calls", at_least=POSTS)
    yield Figure("from POST to the carrier, p50", median(waits), "ms")
    yield Figure("from POST to the carrier, p95", quantiles(waits, n=20)[-1], "ms")


def measure() -> None:
    """Print the milliseconds from POST to carrier of each lead as a JSON list. Runs on the stack's services."""
    at = clock.now()
    tenant = open_tenant(slug=SLUG, name="Speed to lead", profile=LegalProfile.SURVEY)
    with tenant_scope(tenant.id):
        office = furnish(tenant, script_text="Hello", questions=[], cps=20.0, at=at)
        for number in range(AGENTS):
            add_person(tenant, role=Role.AGENT, email=_email(number), name=f"Simulated agent {number + 1}")
        lead_list = LeadList.objects.create(name="Warm")
        campaign = open_campaign(office, name="Warm", lists=[lead_list], mode=DialMode.PROGRESSIVE, at=at)
        terms = KeyTerms(source="Landing page", lead_list=lead_list, campaign=campaign)
        key = create_key(terms=terms, created_by=None, at=at)[1]
    asyncio.run(_post_all(tenant.id, key))


def _email(number: int) -> str:
    return f"agent-{number + 1}@{SLUG}.example.test"


async def _post_all(tenant_id: int, key: str) -> None:
    floor = Floor(settings.PUBLIC_BASE_URL, settings.SIMULATOR_URL, SLUG, 1.0)
    shift = asyncio.ensure_future(
        staff([SimulatedAgent(floor, email=_email(number), password=PASSWORD) for number in range(AGENTS)])
    )
    while await asyncio.to_thread(_ready, tenant_id) < AGENTS:
        await asyncio.sleep(0.2)
    posted: dict[str, datetime] = {}
    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {key}"}) as source:
        for number in range(POSTS):
            phone = f"+1212555{100 + number:04}"
            async with source.put(f"{floor.simulator_url}/sim/callees/{phone}", json={"personality": "busy"}):
                posted[phone] = clock.now()
            lead = {"phone": phone, "state": "NY", "line_type": "landline", "call_now": True}
            async with source.post(f"{floor.url}/api/v1/leads", json=lead) as answer:
                answer.raise_for_status()
            await asyncio.sleep(SECONDS_BETWEEN)
    await asyncio.sleep(3 * SECONDS_BETWEEN)
    shift.cancel()
    await asyncio.gather(shift, return_exceptions=True)
    received = {row["to"]: datetime.fromisoformat(row["created_at"]) for row in _dials()}
    waits = [(received[phone] - at).total_seconds() * 1000 for phone, at in posted.items() if phone in received]
    sys.stdout.write(json.dumps(waits))


def _ready(tenant_id: int) -> int:
    with tenant_scope(tenant_id):
        return AgentSession.objects.filter(state=AgentState.READY).count()


def _dials() -> list[dict[str, Any]]:
    with urllib.request.urlopen(f"{settings.SIMULATOR_URL}/sim/dials?limit=10000", timeout=60) as answer:
        dials: list[dict[str, Any]] = json.load(answer)["dials"]
    return dials
