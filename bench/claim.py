"""Claiming the next leads out of ten million against out of a hundred thousand, counted in pages touched.

Pages do not depend on how busy the machine is. The queue lies in as many places as a national list has, half of them
closed; then 400,000 leads are claimed while another connection holds an old snapshot open, as a long report or a backup
does, so that nothing of what has been claimed can be cleaned away.
"""

import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import time as clock_time
from statistics import median

import psycopg
from django.db import connection

from apps.campaigns.models import Campaign, QueueFloor
from apps.campaigns.services.life import create_disposition_set
from apps.campaigns.services.queue import claim_next
from apps.leads.models import Place
from apps.tenants.models import Tenant
from apps.tenants.scope import tenant_scope
from bench.bulk import filled, owner_connection
from bench.figures import Figure

SMALL = 100_000
LARGE = int(os.environ.get("BENCH_QUEUE_ROWS", "10000000"))
CLAIMED = LARGE // 25
PLACES = 48
ROUNDS, CLAIMS, LEADS = 5, 40, 10
BATCH = 100

# Row n lies in place n modulo PLACES; one in twenty has a better priority than the rest.
_FILL = """
insert into campaigns_campaignlead
    (tenant_id, campaign_id, lead_id, place_id, state, priority, attempt_count, outcome_counts, reason)
select %(tenant)s, case when n <= %(small)s then %(first)s else %(second)s end, n,
    (%(places)s::bigint[])[1 + n %% %(count)s], 1, case when n %% 20 = 0 then 40 else 50 end, 0, '{}', ''
from generate_series(1, %(small)s + %(large)s) n
"""
_PAGES = """
select sum(heap_blks_hit + heap_blks_read + idx_blks_hit + idx_blks_read) from pg_statio_user_tables
where relname in ('campaigns_campaignlead', 'campaigns_queuefloor')
"""


@dataclass(frozen=True, slots=True)
class Queue:
    """A campaign with a filled queue, and the places that are open."""

    tenant_id: int
    campaign_id: int
    place_ids: Sequence[int]


def figures() -> Iterator[Figure]:
    tenant = Tenant.objects.create(slug="bench-claim", name="Bench", countries=["US"])
    places = [Place.objects.create(zones=[f"Bench/{n}"], jurisdictions=["US"]).id for n in range(PLACES)]
    with tenant_scope(tenant.id):
        small, large = (_make_queue(tenant.id, name, places) for name in ("Small", "Large"))
    values = {"tenant": tenant.id, "first": small.campaign_id, "second": large.campaign_id, "places": places}
    values |= {"count": PLACES, "small": SMALL, "large": LARGE}
    with owner_connection() as owner, filled(owner, "campaigns_campaignlead", _FILL, values):
        before = [(_pages(small), _pages(large)) for _ in range(ROUNDS)]
        with psycopg.connect(os.environ["DATABASE_URL"]) as report:
            report.execute("set transaction isolation level repeatable read")
            report.execute("select count(*) from tenants_tenant")
            seconds = _claim_many(large)
            after = [(_pages(small), _pages(large)) for _ in range(ROUNDS)]
            double = owner.execute(
                "select count(*) from campaigns_campaignlead where campaign_id = %s and state = 2", [large.campaign_id]
            ).fetchone()
    claimed = CLAIMED + 2 * ROUNDS * (CLAIMS + 1) * LEADS
    small_pages = median(pages for pages, _ in before)
    yield Figure(f"pages per claim of {LEADS} out of {SMALL:,}", small_pages, "pages")
    yield Figure(f"pages per claim of {LEADS} out of {LARGE:,}", median(pages for _, pages in before), "pages")
    yield Figure("the same under an old snapshot, much claimed", median(pages for _, pages in after), "pages")
    yield Figure(f"pages, {LARGE:,} / {SMALL:,}", median(big / little for little, big in before), at_most=1.1)
    yield Figure(
        f"pages, {CLAIMED:,} claimed under an old snapshot / fresh {SMALL:,}",
        median(pages for _, pages in after) / small_pages,
        at_most=1.1,
    )
    yield Figure("leads claimed twice or lost", abs(claimed - double[0]) if double else claimed, "leads", at_most=0)
    yield Figure(f"claims of {BATCH} under an old snapshot", CLAIMED / seconds, "leads/s")


def _make_queue(tenant_id: int, name: str, places: Sequence[int]) -> Queue:
    campaign = Campaign.objects.create(
        name=name,
        disposition_set=create_disposition_set(name=name),
        call_from=clock_time(9),
        call_until=clock_time(20),
        weekdays=[1, 2, 3, 4, 5],
    )
    QueueFloor.objects.bulk_create(
        QueueFloor(tenant_id=tenant_id, campaign=campaign, place_id=place_id) for place_id in places
    )
    return Queue(tenant_id, campaign.id, places[PLACES // 2 :])


def _claim(queue: Queue, n: int) -> int:
    with tenant_scope(queue.tenant_id):
        return len(claim_next(campaign_id=queue.campaign_id, place_ids=queue.place_ids, n=n))


def _claim_many(queue: Queue) -> float:
    """Claim CLAIMED leads and return the seconds it took."""
    started = time.perf_counter()
    for _ in range(CLAIMED // BATCH):
        if _claim(queue, BATCH) != BATCH:
            raise RuntimeError("The queue gave fewer leads than it has.")
    return time.perf_counter() - started


def _pages(queue: Queue) -> float:
    """Pages of the queue's tables and indexes that one claim touches, in cache or not."""
    _claim(queue, LEADS)
    before = _pages_so_far()
    for _ in range(CLAIMS):
        _claim(queue, LEADS)
    return (_pages_so_far() - before) / CLAIMS


def _pages_so_far() -> int:
    with connection.cursor() as cursor:
        cursor.execute("select pg_stat_force_next_flush()")
        cursor.execute(_PAGES)
        return int(cursor.fetchone()[0])
