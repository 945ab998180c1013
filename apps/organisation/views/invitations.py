"""Accepting an invitation: outside every tenant, for someone who may not have an account yet."""

from allauth.account.utils import perform_login
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from apps.accounts.models import Invitation, User
from apps.core import clock
from apps.core.errors import AppError
from apps.organisation.forms import AcceptForm
from apps.organisation.selectors import find_invitation, tenant_id_of_token
from apps.organisation.services.invitations import accept_invitation
from apps.tenants.scope import tenant_scope


@never_cache
@require_http_methods(["GET", "POST"])
def accept(request: HttpRequest, token: str) -> HttpResponse:
    """Join with a new account, or with the account that the invited address has."""
    with tenant_scope(tenant_id_of_token(token)):
        invitation = find_invitation(token=token, at=clock.now())
    if invitation is None:
        return render(request, "organisation/invitation_gone.html", status=404)
    account = User.objects.filter(email=invitation.email).first()
    if account is not None:
        return _accept_with_account(request, token, invitation, account)
    return _accept_with_new_account(request, token, invitation)


def _accept_with_account(request: HttpRequest, token: str, invitation: Invitation, account: User) -> HttpResponse:
    if request.user != account:
        if request.user.is_authenticated:
            return render(request, "organisation/invitation_other.html", {"invitation": invitation}, status=409)
        return redirect_to_login(request.get_full_path())
    if request.method == "POST":
        accept_invitation(token=token, at=clock.now(), signed_in=account)
        return redirect("accounts:tenant_home", invitation.tenant.slug)
    return render(request, "organisation/invitation_accept.html", {"invitation": invitation})


def _accept_with_new_account(request: HttpRequest, token: str, invitation: Invitation) -> HttpResponse:
    form = AcceptForm(request.POST or None, email=invitation.email)
    if request.method == "POST" and form.is_valid():
        try:
            membership = accept_invitation(
                token=token,
                at=clock.now(),
                name=form.cleaned_data["name"],
                password=form.cleaned_data["password"],
                language=get_language() or "en",
            )
        except AppError as error:
            messages.error(request, error.message)
            return redirect(request.path)
        messages.success(request, _("Welcome to %(organisation)s.") % {"organisation": invitation.tenant.name})
        home = reverse("accounts:tenant_home", args=[invitation.tenant.slug])
        response: HttpResponse = perform_login(request, membership.user, redirect_url=home)
        return response
    return render(request, "organisation/invitation_accept.html", {"invitation": invitation, "form": form})
