"""Pages below /t/<slug>/ run inside the scope of that tenant, for its members only, in their language and time zone."""

from collections.abc import Callable
from contextlib import ExitStack
from typing import cast
from zoneinfo import ZoneInfo

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone, translation

from apps.accounts.http import TenantRequest
from apps.accounts.models import Membership
from apps.tenants.models import Tenant
from apps.tenants.scope import tenant_scope

GetResponse = Callable[[HttpRequest], HttpResponseBase]


class LanguageMiddleware:
    """Answers signed-in people in the language they chose; for others the browser's choice stands."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not request.user.is_authenticated or not request.user.language:
            return self.get_response(request)
        with translation.override(request.user.language):
            request.LANGUAGE_CODE = translation.get_language() or settings.LANGUAGE_CODE
            response = self.get_response(request)
            response.headers.setdefault("Content-Language", request.LANGUAGE_CODE)
            return response


class TenantMiddleware:
    """Resolves `slug` of /t/<slug>/..., checks membership and second factor, and opens the tenant's scope.

    Someone who is no member gets the same 404 as for a tenant that does not exist. The scope is one transaction over
    the view, rolled back when the view raises. A view that waits for the carrier is marked (`asks_carrier`) and runs in
    none.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not request.path_info.startswith("/t/"):
            return self.get_response(request)
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path(), settings.LOGIN_URL)
        slug = request.path_info.split("/")[2]
        tenant = Tenant.objects.filter(slug=slug, is_active=True).first()
        if tenant is None:
            raise Http404
        with ExitStack() as scope, timezone.override(ZoneInfo(tenant.time_zone)):
            scope.enter_context(tenant_scope(tenant.id))
            membership = Membership.objects.select_related("user").filter(user=request.user, is_active=True).first()
            if membership is None:
                raise Http404
            if tenant.is_mfa_required and not is_mfa_enabled(request.user):
                return redirect("accounts:second_factor", tenant.slug)
            tenant_request = cast(TenantRequest, request)
            tenant_request.tenant = tenant
            tenant_request.membership = membership
            tenant_request.own_scope = scope
            return self.get_response(tenant_request)

    def process_view(self, request: HttpRequest, *_: object) -> None:
        """Close the scope before a view that waits for the carrier."""
        if hasattr(request, "membership") and _asks_carrier(request):
            cast(TenantRequest, request).own_scope.close()

    def process_exception(self, request: HttpRequest, exception: Exception) -> None:
        """Undo what a failed view wrote; Django turns its exception into a response inside the scope."""
        if hasattr(request, "membership") and not _asks_carrier(request):
            transaction.set_rollback(True)


def _asks_carrier(request: HttpRequest) -> bool:
    return request.resolver_match is not None and hasattr(request.resolver_match.func, "asks_carrier")
