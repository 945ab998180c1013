"""What every page needs to know about the tenant, the member and the clock."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from apps.accounts.permissions import GRANTS
from apps.core import clock


def tenant(request: HttpRequest) -> dict[str, Any]:
    """Tenant, membership, granted permissions (as names) and the simulation banner's data."""
    membership = getattr(request, "membership", None)
    return {
        "tenant": getattr(request, "tenant", None),
        "membership": membership,
        "may": {str(permission): True for permission in GRANTS[membership.role]} if membership else {},
        "simulation": {
            "carrier": settings.CARRIER == "simulator",
            "clock": clock.is_simulated(),
            "now": clock.now(),
            "speed": clock.speed(),
        },
    }
