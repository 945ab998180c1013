"""The addresses at which the carrier asks us."""

from urllib.parse import urlencode

from django.conf import settings
from django.urls import reverse

# Asks the carrier to deliver a callback again when we did not take it (by default it would not).
REPEATED = "#rc=3&rp=5xx,ct,rt"


def hook_url(tenant_id: int, name: str, **query: str) -> str:
    """The public address of one of our carrier hooks."""
    path = reverse(f"hooks:{name}", kwargs={"tenant_id": tenant_id})
    base: str = settings.PUBLIC_BASE_URL
    return base.rstrip("/") + path + (f"?{urlencode(query)}" if query else "")
