"""What a lead costs in POST /api/v1/leads/batch, against Django REST framework's `many=True` with the same leads."""

from collections.abc import Iterator
from itertools import islice
from statistics import median

from apps.core import clock
from apps.leads.models import Place
from bench.figures import Figure
from bench.lead_source import lead, make_sources, numbers
from bench.web import serve

ROUNDS = 5
LEADS = 1_000
# As many that the clock tick of the kernel, 10 ms, does not blur the figure.
BATCHES = 4


def figures() -> Iterator[Figure]:
    """Ratio of CPU per lead, medians of ROUNDS interleaved rounds of requests with LEADS leads."""
    ours, theirs = make_sources("batch", clock.now())
    Place.objects.get_or_create(zones=["America/New_York"], jurisdictions=["US", "US-NY"])
    many = f"/many?tenant={theirs.api_key.tenant_id}&list={theirs.api_key.lead_list_id}"
    phones = numbers()
    batch_costs, judged_costs, many_costs = [], [], []
    with (
        serve("config.front:application", ready="/many", DJANGO_SETTINGS_MODULE="bench.bare_settings") as bare,
        serve("config.front:application", ready="/health/") as product,
    ):
        for number in range(ROUNDS + 1):
            bodies = [{"leads": [lead(phone) for phone in islice(phones, LEADS)]} for _ in range(BATCHES + 1)]
            batch = product.cost("/api/v1/leads/batch", bodies[1:], status=200, key=ours.text)
            judged = product.cost("/api/v1/leads/batch", bodies[1:], status=200, key=theirs.text)
            slow = bare.cost(many, bodies[:1], status=201)
            # The first round warms caches up.
            if number:
                batch_costs.append(batch / LEADS)
                judged_costs.append(judged / LEADS)
                many_costs.append(slow / LEADS)
    batch_cost, many_cost = median(batch_costs), median(many_costs)
    yield Figure("many=True, CPU per lead", 1e6 * many_cost, "us")
    yield Figure("leads/batch of 1,000, CPU per lead", 1e6 * batch_cost, "us")
    yield Figure("leads/batch of 1,000 with the gate's verdicts, CPU per lead", 1e6 * median(judged_costs), "us")
    yield Figure("many=True / leads/batch of 1,000, per lead", many_cost / batch_cost, at_least=15.0)
