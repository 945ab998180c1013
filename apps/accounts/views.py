"""Pages of a person: where to start, the second factor that an organisation asks for, preferences."""

from typing import cast

from allauth.mfa.utils import is_mfa_enabled
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from apps.accounts.forms import PreferencesForm
from apps.accounts.http import TenantRequest
from apps.accounts.models import Membership, User
from apps.accounts.navigation import landing
from apps.accounts.selectors import list_memberships_of
from apps.accounts.services import set_preferences


@login_required
@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """Straight to the person's only organisation, or a choice of several."""
    memberships = list_memberships_of(user_id=cast(User, request.user).id)
    if len(memberships) == 1:
        return redirect("accounts:tenant_home", memberships[0].tenant.slug)
    return render(request, "accounts/tenant_choose.html", {"own_memberships": memberships})


@require_GET
def tenant_home(request: TenantRequest, slug: str) -> HttpResponse:
    """To the page where the member's role starts."""
    return redirect(landing(membership=request.membership, slug=slug))


@login_required
@require_GET
def second_factor(request: HttpRequest, slug: str) -> HttpResponse:
    """Why the organisation's pages are closed without a second factor, and how to set one up."""
    membership = _own_membership(request, slug)
    if is_mfa_enabled(request.user):
        return redirect("accounts:tenant_home", slug)
    return render(request, "accounts/second_factor.html", {"organisation": membership.tenant})


@login_required
@require_http_methods(["GET", "POST"])
def preferences(request: HttpRequest) -> HttpResponse:
    """Name, language and colour theme."""
    user = cast(User, request.user)
    form = PreferencesForm(request.POST or None, initial={"name": user.name, "language": user.language})
    if request.method == "POST" and form.is_valid():
        set_preferences(user=user, **form.cleaned_data)
        messages.success(request, _("Your preferences are saved."))
        return redirect("accounts:preferences")
    return render(request, "accounts/preferences.html", {"form": form})


def _own_membership(request: HttpRequest, slug: str) -> Membership:
    memberships = list_memberships_of(user_id=cast(User, request.user).id)
    for membership in memberships:
        if membership.tenant.slug == slug:
            return membership
    raise Http404
