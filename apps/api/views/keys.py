"""Pages on which a manager makes, changes, renews and revokes the keys of lead sources."""

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from apps.accounts.http import TenantRequest, requires
from apps.accounts.permissions import Permission
from apps.api import selectors
from apps.api.forms import KeyForm
from apps.api.models import ApiKey
from apps.api.services.keys import (
    KeyRevokedError,
    SourceTakenError,
    change_key,
    create_key,
    renew_key,
    revoke_key,
)
from apps.api.services.usage import get_usage
from apps.core import clock

USAGE_DAYS = 14
# Answers as columns of the usage table; all other codes are refusals and named one by one.
TAKEN = ("created", "updated", "unchanged")


@requires(Permission.MANAGE_API_KEYS)
def key_list(request: TenantRequest, slug: str) -> HttpResponse:
    """All lead sources with their keys."""
    return render(request, "api/key_list.html", {"keys": selectors.list_keys()})


@never_cache
@requires(Permission.MANAGE_API_KEYS)
def key_create(request: TenantRequest, slug: str) -> HttpResponse:
    """The form of a new source; sending it shows the key, this one time."""
    form = KeyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            api_key, text = create_key(terms=form.terms(), created_by=request.user, at=clock.now())
        except SourceTakenError as error:
            form.add_error("source", error.message)
        else:
            return _show_text(request, api_key, text)
    return render(request, "api/key_form.html", {"form": form, "crumbs": _crumbs(slug)})


@requires(Permission.MANAGE_API_KEYS)
def key_detail(request: TenantRequest, slug: str, key_id: int) -> HttpResponse:
    """A source: its key, its terms, what its requests came to."""
    context = _figures(request, _key_or_404(key_id))
    return render(request, "api/key_detail.html", {**context, "crumbs": _crumbs(slug)})


@requires(Permission.MANAGE_API_KEYS)
def key_change(request: TenantRequest, slug: str, key_id: int) -> HttpResponse:
    """The form of a source there is; its key stays."""
    api_key = _key_or_404(key_id)
    form = KeyForm(request.POST or None, api_key=api_key)
    if request.method == "POST" and form.is_valid():
        try:
            change_key(api_key=api_key, terms=form.terms(), changed_by=request.user, at=clock.now())
        except SourceTakenError as error:
            form.add_error("source", error.message)
        else:
            messages.success(request, _("Saved. It holds from the next request on."))
            return redirect("api:key", slug, key_id)
    crumbs = [*_crumbs(slug), (api_key.source, reverse("api:key", args=[slug, key_id]))]
    return render(request, "api/key_form.html", {"form": form, "api_key": api_key, "crumbs": crumbs})


@require_POST
@never_cache
@requires(Permission.MANAGE_API_KEYS)
def key_renew(request: TenantRequest, slug: str, key_id: int) -> HttpResponse:
    """Give the source a new key and show it, this one time; the old one stops."""
    api_key = _key_or_404(key_id)
    return _show_text(request, api_key, renew_key(api_key=api_key, renewed_by=request.user, at=clock.now()))


@require_POST
@requires(Permission.MANAGE_API_KEYS)
def key_revoke(request: TenantRequest, slug: str, key_id: int) -> HttpResponse:
    """Stop the key."""
    try:
        revoke_key(api_key=_key_or_404(key_id), revoked_by=request.user, at=clock.now())
    except KeyRevokedError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, _("The key is revoked: its next request is refused."))
    return redirect("api:key", slug, key_id)


@requires(Permission.VIEW_OWN_SOURCE)
def own_source(request: TenantRequest, slug: str) -> HttpResponse:
    """What a lead vendor sees: the figures of the own sources, nothing else."""
    keys = selectors.list_keys_of_vendor(request.user)
    return render(request, "api/own_source.html", {"sources": [_figures(request, api_key) for api_key in keys]})


def _key_or_404(key_id: int) -> ApiKey:
    api_key = selectors.list_keys().filter(id=key_id).first()
    if api_key is None:
        raise Http404
    return api_key


def _crumbs(slug: str) -> list[tuple[str, str]]:
    return [(_("Lead sources"), reverse("api:key_list", args=[slug]))]


def _show_text(request: TenantRequest, api_key: ApiKey, text: str) -> HttpResponse:
    context = {
        "api_key": api_key,
        "text": text,
        "crumbs": _crumbs(request.tenant.slug),
        "address": request.build_absolute_uri(reverse("rest:leads")),
    }
    return render(request, "api/key_shown.html", context)


def _figures(request: TenantRequest, api_key: ApiKey) -> dict[str, Any]:
    now = clock.now()
    today = now.astimezone(ZoneInfo(request.tenant.time_zone)).date()
    days = [
        {
            "on": on,
            "taken": [counts.get(code, 0) for code in TAKEN],
            "refused": sorted((code, n) for code, n in counts.items() if code not in TAKEN),
        }
        for on, counts in get_usage(key_id=api_key.id, until=today, days=USAGE_DAYS)
    ]
    counted = selectors.count_leads(api_key, since=now - timedelta(days=7))
    return {"api_key": api_key, "days": days, "counted": counted}
