"""A test event on its way to the tenant in scope: kept in the cache, for it may come before the test is stored."""

from enum import StrEnum
from uuid import uuid4

from django.core.cache import cache

from apps.tenants.scope import get_tenant_id

# Longer than anybody waits for the event.
KEEP_SECONDS = 300


class Heard(StrEnum):
    """What came of a test event."""

    NOTHING = "nothing"
    SIGNED = "signed"
    UNSIGNED = "unsigned"


def expect_event() -> str:
    """A new token for the address of a test event; only an event that carries it is taken note of."""
    token = uuid4().hex
    cache.set(_key(token), Heard.NOTHING.value, KEEP_SECONDS)
    return token


def note_event(token: str, *, is_signed: bool) -> None:
    """An event came in; one that nobody waits for, or not any more, is ignored, and a good one is not made bad."""
    if heard_of(token) in {Heard.NOTHING, Heard.UNSIGNED} and cache.get(_key(token)) is not None:
        cache.set(_key(token), (Heard.SIGNED if is_signed else Heard.UNSIGNED).value, KEEP_SECONDS)


def heard_of(token: str) -> Heard:
    """What came so far."""
    return Heard(cache.get(_key(token)) or Heard.NOTHING)


def _key(token: str) -> str:
    return f"carrier-test:{get_tenant_id()}:{token}"
