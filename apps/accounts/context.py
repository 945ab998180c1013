"""What every page needs to know about the tenant and the member."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject

from apps.accounts.navigation import desk_address, navigation
from apps.accounts.permissions import GRANTS
from apps.accounts.selectors import list_memberships_of


def tenant(request: HttpRequest) -> dict[str, Any]:
    """Tenant, membership, granted permissions (as names), navigation and, when asked for, the person's memberships.

    Below /t/<slug>/ only; elsewhere all are empty.
    """
    membership = getattr(request, "membership", None)
    tenant = getattr(request, "tenant", None)
    if membership is None or tenant is None:
        return {"tenant": None, "membership": None, "may": {}, "nav_items": [], "memberships": []}
    return {
        "tenant": tenant,
        "membership": membership,
        "may": {str(permission): True for permission in GRANTS[membership.role]},
        "memberships": SimpleLazyObject(lambda: list_memberships_of(user_id=membership.user_id)),
        "home_url": reverse("accounts:tenant_home", args=[tenant.slug]),
        "desk_url": desk_address(membership=membership, slug=tenant.slug),
        "nav_items": navigation(membership=membership, slug=tenant.slug, path=request.path),
    }
