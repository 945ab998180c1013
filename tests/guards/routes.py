"""Every address of the project, as guard tests walk them."""

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

TENANT_PREFIX = "t/<slug:slug>/"
LIVE_PREFIX = "live/t/<slug:slug>/"
# Values of the right type for each converter, of no object.
SAMPLES = {
    "IntConverter": 10**9,
    "UUIDConverter": uuid.UUID(int=7),
    "StringConverter": "nothing",
    "SlugConverter": "nothing",
}


@dataclass(frozen=True)
class Route:
    """An address; `name` is the namespaced URL name, `converters` the arguments besides the tenant's slug."""

    path: str
    name: str
    view: Callable[..., Any]
    converters: dict[str, str]

    def url(self, slug: str, **values: object) -> str:
        """The address in the tenant `slug`; arguments without a value get a sample."""
        path = "/" + self.path.replace("<slug:slug>", slug)
        for argument, converter in self.converters.items():
            value = values.get(argument, SAMPLES[converter])
            before, _, rest = path.partition("<")
            path = f"{before}{value}{rest.partition('>')[2]}"
        return path


def _walk(patterns: list[URLPattern | URLResolver], path: str, space: str, found: dict[str, str]) -> Iterator[Route]:
    for pattern in patterns:
        here = path + str(pattern.pattern)
        converters = {**found, **{name: type(c).__name__ for name, c in pattern.pattern.converters.items()}}
        if isinstance(pattern, URLResolver):
            inner = f"{space}{pattern.namespace}:" if pattern.namespace else space
            yield from _walk(pattern.url_patterns, here, inner, converters)
        else:
            converters.pop("slug", None)
            yield Route(here, f"{space}{pattern.name}", pattern.callback, converters)


@cache
def all_routes() -> list[Route]:
    return list(_walk(get_resolver().url_patterns, "", "", {}))


def tenant_routes() -> list[Route]:
    """Pages below a tenant's path."""
    return [route for route in all_routes() if route.path.startswith(TENANT_PREFIX)]


def live_routes() -> list[Route]:
    """Event streams of a tenant."""
    return [route for route in all_routes() if route.path.startswith(LIVE_PREFIX)]
