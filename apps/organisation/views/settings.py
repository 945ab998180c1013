"""Settings of a tenant and its emergency stops."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.http import TenantRequest, requires
from apps.accounts.permissions import Permission
from apps.compliance.rulebook.names import jurisdiction_names
from apps.core import clock
from apps.organisation.forms import SettingsForm, StopForm
from apps.organisation.services.settings import change_settings, resume_jurisdiction, stop_jurisdiction


@requires(Permission.MANAGE_SETTINGS)
@require_http_methods(["GET", "POST"])
def settings_edit(request: TenantRequest, slug: str) -> HttpResponse:
    """Legal profile, seller, countries, time zone, second factor."""
    tenant = request.tenant
    form = SettingsForm(
        request.POST or None, initial={name: getattr(tenant, name) for name in SettingsForm.base_fields}
    )
    if request.method == "POST" and form.is_valid():
        changed = change_settings(tenant=tenant, changes=form.cleaned_data, actor=request.user, at=clock.now())
        messages.success(request, _("The settings are saved.") if changed else _("Nothing was changed."))
        return redirect("organisation:settings", slug)
    return render(request, "organisation/settings.html", {"form": form, "tabs": settings_tabs(slug, "settings")})


@requires(Permission.MANAGE_SETTINGS)
@require_GET
def stops(request: TenantRequest, slug: str) -> HttpResponse:
    """Jurisdictions that are stopped."""
    return _stops_page(request, slug, StopForm())


@requires(Permission.MANAGE_SETTINGS)
@require_POST
def stop_add(request: TenantRequest, slug: str) -> HttpResponse:
    form = StopForm(request.POST)
    if not form.is_valid():
        return _stops_page(request, slug, form, status=422)
    stop_jurisdiction(tenant=request.tenant, actor=request.user, at=clock.now(), **form.cleaned_data)
    name = jurisdiction_names()[form.cleaned_data["jurisdiction"]]
    messages.success(request, _("No new calls go to %(name)s.") % {"name": name})
    return redirect("organisation:stops", slug)


@requires(Permission.MANAGE_SETTINGS)
@require_POST
def stop_lift(request: TenantRequest, slug: str, jurisdiction: str) -> HttpResponse:
    if jurisdiction not in request.tenant.stopped_jurisdictions:
        raise Http404
    resume_jurisdiction(tenant=request.tenant, jurisdiction=jurisdiction, actor=request.user, at=clock.now())
    name = jurisdiction_names().get(jurisdiction, jurisdiction)
    messages.success(request, _("%(name)s may be called again, inside the law.") % {"name": name})
    return redirect("organisation:stops", slug)


def settings_tabs(slug: str, current: str) -> list[dict[str, object]]:
    """The tabs of the settings."""
    return [
        {"label": label, "url": reverse(f"organisation:{name}", args=[slug]), "is_current": name == current}
        for name, label in (("settings", _("Organisation")), ("stops", _("Emergency stops")))
    ]


def _stops_page(request: TenantRequest, slug: str, form: StopForm, status: int = 200) -> HttpResponse:
    names = jurisdiction_names()
    stopped = [(code, names.get(code, code)) for code in request.tenant.stopped_jurisdictions]
    context = {"form": form, "stopped": stopped, "tabs": settings_tabs(slug, "stops")}
    return render(request, "organisation/stops.html", context, status=status)
