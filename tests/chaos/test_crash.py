"""A worker is killed at each step of placing: never a second call, and the attempt always comes to an end or is bound."""

import os
import subprocess
import sys
from datetime import datetime, timedelta
from urllib.parse import quote

import pytest
from django.conf import settings
from django.db import connection

from apps.calls import placing
from apps.calls.enums import AttemptState, Outcome
from apps.calls.models import Attempt
from apps.campaigns.models import QueueState
from apps.core import clock
from apps.dialer.services.reconcile import reconcile
from apps.tenants.models import Tenant
from apps.tenants.scope import tenant_scope
from tests import factories
from tests.chaos.crashing import CODE, STEPS
from tests.conformance.running import RunningCarrier
from tests.dialling import Jobs, now, open_campaign, reserve_one, wait_for

pytestmark = [pytest.mark.slow, pytest.mark.django_db]
ROOT = settings.BASE_DIR
# What a dead worker leaves behind, and how many calls the carrier then has.
LEFT = {
    "before the claim": (AttemptState.RESERVED, 0),
    "before the claim commits": (AttemptState.RESERVED, 0),
    "before the request": (AttemptState.PLACING, 0),
    "after the answer": (AttemptState.PLACING, 1),
    "before the answer commits": (AttemptState.PLACING, 1),
    "during the request": (AttemptState.PLACING, 1),
}


@pytest.fixture
def attempt(exchange: RunningCarrier, at: datetime, jobs: Jobs) -> Attempt:
    tenant: Tenant = factories.TenantFactory.create(slug="acme", name="Acme Windows")
    with tenant_scope(tenant.id):
        return reserve_one(open_campaign(at), now(), phone="+12125550191")


def worker(attempt: Attempt, step: str) -> subprocess.Popen[bytes]:
    """A worker of its own process, on the test's database and carrier."""
    database = connection.settings_dict
    login = f"{quote(database['USER'])}:{quote(database['PASSWORD'])}"
    environment = {
        **os.environ,
        "DATABASE_URL": f"postgresql://{login}@{database['HOST']}:{database['PORT']}/{database['NAME']}",
        "SIMULATOR_URL": settings.SIMULATOR_URL,
        "PUBLIC_BASE_URL": settings.PUBLIC_BASE_URL,
        "CLOCK_START": settings.CLOCK.start.isoformat(),
        "CLOCK_ORIGIN": str(settings.CLOCK.origin),
        "CLOCK_SPEED": str(settings.CLOCK.speed),
    }
    arguments = [str(attempt.tenant_id), str(attempt.id), step, now().isoformat()]
    return subprocess.Popen([sys.executable, "-m", "tests.chaos.crashing", *arguments], env=environment, cwd=ROOT)


def reread(attempt: Attempt) -> Attempt:
    with tenant_scope(attempt.tenant_id):
        return Attempt.objects.select_related("campaign_lead").get(id=attempt.id)


def dials(carrier: RunningCarrier, attempt: Attempt) -> list[str]:
    return [row["call_sid"] for row in carrier.sim("dials")["dials"] if str(attempt.id) in row["url"]]


def place(attempt: Attempt) -> None:
    placing.place_attempt(tenant_id=attempt.tenant_id, attempt_id=attempt.id, now=now)


def come_to_an_end(attempt: Attempt, jobs: Jobs) -> Attempt:
    """What the reconciler and its workers do from then on: at once, after the lease, and after the time for doubt."""
    start = now()
    for seconds in (0, placing.LEASE_SECONDS + 1, placing.LEASE_SECONDS + placing.UNKNOWN_SECONDS + 2):
        at = start + clock.real_seconds(seconds)
        jobs.sent.clear()
        reconcile(tenant_id=attempt.tenant_id, at=at)
        for arguments in jobs.named("calls.reconcile_unknown"):
            placing.reconcile_unknown(tenant_id=attempt.tenant_id, attempt_id=attempt.id, at=at)
            assert arguments["attempt_id"] == str(attempt.id)
    return reread(attempt)


@pytest.mark.parametrize("step", [*STEPS, "during the request"])
def test_a_killed_worker_never_leads_to_a_second_call(
    attempt: Attempt, exchange: RunningCarrier, jobs: Jobs, step: str
) -> None:
    state, calls = LEFT[step]
    if step == "during the request":
        exchange.fault("hangs_after", seconds=30.0)
    process = worker(attempt, step)
    if step == "during the request":
        wait_for(lambda: dials(exchange, attempt), patience=60)
        process.kill()
    assert process.wait(90) == (-9 if step == "during the request" else CODE)
    wait_for(lambda: len(dials(exchange, attempt)) == calls)
    assert reread(attempt).state == state

    # The message comes again, as the broker redelivers what a lost worker had.
    place(attempt)
    place(attempt)
    after = come_to_an_end(attempt, jobs)

    assert len(dials(exchange, attempt)) == max(calls, int(state == AttemptState.RESERVED))
    if dials(exchange, attempt):
        assert [after.sid] == dials(exchange, attempt)
    else:
        assert (after.state, after.outcome) == (AttemptState.ENDED, Outcome.UNKNOWN)
        assert (after.campaign_lead.state, after.campaign_lead.attempt_count) == (QueueState.DONE, 1)


def test_the_lease_outlasts_the_longest_request() -> None:
    longest = settings.CARRIER_CONNECT_TIMEOUT + 30.0
    assert timedelta(seconds=longest) < timedelta(seconds=placing.LEASE_SECONDS)
