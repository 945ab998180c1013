"""What views of a tenant share: the typed request and the permission guard."""

from collections.abc import Callable
from contextlib import ExitStack
from functools import wraps
from typing import Concatenate, ParamSpec

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase

from apps.accounts.models import Membership, User
from apps.accounts.permissions import Permission, may
from apps.tenants.models import Tenant

P = ParamSpec("P")


class TenantRequest(HttpRequest):
    """A request below /t/<slug>/: TenantMiddleware has set the tenant, the membership and the scope."""

    tenant: Tenant
    membership: Membership
    # Holds the tenant's scope, until the view is done or begins to ask the carrier.
    own_scope: ExitStack
    user: User


View = Callable[Concatenate[TenantRequest, P], HttpResponseBase]


def asks_carrier(view: View[P]) -> View[P]:
    """Run the view in no scope, for it waits for the carrier: it opens short ones of its own before and after that."""
    view.asks_carrier = True  # type: ignore[attr-defined]  # TenantMiddleware reads it
    return view


def requires(permission: Permission) -> Callable[[View[P]], View[P]]:
    """Let only members with `permission` through; others get 403."""

    def guard(view: View[P]) -> View[P]:
        @wraps(view)
        def guarded(request: TenantRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if not may(request.membership, permission):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        guarded.permission = permission  # type: ignore[attr-defined]  # the URL guard test reads it
        return guarded

    return guard
