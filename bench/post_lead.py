"""What POST /api/v1/leads costs the web process, against a bare view with one INSERT in the same kind of process."""

from collections.abc import Iterator
from itertools import islice
from statistics import median

from apps.core import clock
from bench.figures import Figure
from bench.lead_source import lead, make_bare_table, make_sources, numbers
from bench.web import serve

ROUNDS = 7
REQUESTS = 400


def figures() -> Iterator[Figure]:
    """Ratios of CPU per request, medians of ROUNDS interleaved rounds."""
    make_bare_table()
    plain, called = make_sources("post-lead", clock.now())
    phones = numbers()
    costs: dict[str, list[float]] = {"asgi": [], "view": [], "plain": [], "called": []}
    with (
        serve("bench.bare_asgi:application", ready="/") as asgi,
        serve("config.front:application", ready="/insert", DJANGO_SETTINGS_MODULE="bench.bare_settings") as bare,
        serve("config.front:application", ready="/health/") as product,
    ):
        for number in range(ROUNDS + 1):
            taken = {
                "asgi": asgi.cost("/", _leads(phones), status=201),
                "view": bare.cost("/insert", _leads(phones), status=201),
                "plain": product.cost("/api/v1/leads", _leads(phones), status=201, key=plain.text),
                "called": product.cost("/api/v1/leads", _leads(phones), status=201, key=called.text),
            }
            # The first round warms caches up.
            if number:
                for name, cost in taken.items():
                    costs[name].append(cost)
    asgi_cost, view_cost, plain_cost, called_cost = (median(costs[name]) for name in costs)
    yield Figure("bare ASGI application with one INSERT, CPU per request", 1000 * asgi_cost, "ms")
    yield Figure("bare view with one INSERT, CPU per request", 1000 * view_cost, "ms")
    yield Figure("POST leads, CPU per request", 1000 * plain_cost, "ms")
    yield Figure("POST leads with the gate's verdict, CPU per request", 1000 * called_cost, "ms")
    yield Figure("POST leads / bare view with one INSERT", plain_cost / view_cost, at_most=6.0)
    yield Figure("POST leads with the gate's verdict / bare view with one INSERT", called_cost / view_cost, at_most=6.0)
    yield Figure("POST leads / bare ASGI application with one INSERT", plain_cost / asgi_cost)


def _leads(phones: Iterator[str]) -> list[dict[str, object]]:
    return [lead(phone) for phone in islice(phones, REQUESTS)]
