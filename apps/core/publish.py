"""Live updates: publish a small message to the pages of a tenant. Nothing depends on its arrival."""

import json
from functools import lru_cache
from typing import Any

import redis
from django.conf import settings
from django.db import transaction


@lru_cache(maxsize=1)
def client() -> redis.Redis:
    """One Valkey connection pool per process."""
    return redis.Redis.from_url(settings.VALKEY_URL, socket_timeout=2, socket_connect_timeout=2)


def channel(tenant_id: int, topic: str) -> str:
    """The channel of a tenant's topic, for example `live:7:campaign:12`."""
    return f"live:{tenant_id}:{topic}"


def publish(tenant_id: int, topic: str, message: dict[str, Any]) -> None:
    """Send `message` (JSON values) to the tenant's listeners of `topic` once the transaction commits."""
    transaction.on_commit(lambda: client().publish(channel(tenant_id, topic), json.dumps(message)), robust=True)
