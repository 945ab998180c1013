"""Quotas of a campaign: how full each cell is, and setting them up."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from apps.accounts.http import TenantRequest, requires
from apps.accounts.permissions import Permission
from apps.calls.selectors import list_quota_cells
from apps.calls.services.quotas import set_cells, set_targets
from apps.campaigns.models import Campaign
from apps.core import clock
from apps.reports.forms import QuotaForm, TargetsForm
from apps.reports.views.campaigns import campaign_crumbs, campaign_or_404, campaign_tabs
from apps.scripts.domain.questions import Question, read_questions


@require_GET
@requires(Permission.VIEW_CAMPAIGNS)
def campaign_quotas(request: TenantRequest, slug: str, campaign_id: int) -> HttpResponse:
    """The cells with their progress, and the forms that change them."""
    found = campaign_or_404(campaign_id)
    targets = TargetsForm(None, cells=list_quota_cells(found.id))
    return _page(request, slug, found, QuotaForm(None, questions=_questions(found)), targets)


def _questions(found: Campaign) -> tuple[Question, ...]:
    return read_questions(found.script_version.questions) if found.script_version else ()


def _page(request: TenantRequest, slug: str, found: Campaign, form: QuotaForm, targets: TargetsForm) -> HttpResponse:
    context = {
        "campaign": found,
        "cells": list_quota_cells(found.id),
        "form": form,
        "targets": targets,
        "crumbs": campaign_crumbs(slug),
        "tabs": campaign_tabs(slug, found, "quotas"),
    }
    return render(request, "reports/campaign_quotas.html", context)


@require_POST
@requires(Permission.MANAGE_CAMPAIGNS)
def quotas_set(request: TenantRequest, slug: str, campaign_id: int) -> HttpResponse:
    """New cells in place of those there are."""
    found = campaign_or_404(campaign_id)
    form = QuotaForm(request.POST, questions=_questions(found))
    if not form.is_valid():
        return _page(request, slug, found, form, TargetsForm(None, cells=list_quota_cells(found.id)))
    set_cells(
        campaign=found,
        cells=form.cells(),
        target=form.cleaned_data["target"],
        changed_by=request.user,
        at=clock.now(),
    )
    messages.success(request, _("The quotas are set; interviews that were complete before are counted."))
    return redirect("reports:campaign_quotas", slug, campaign_id)


@require_POST
@requires(Permission.MANAGE_CAMPAIGNS)
def quotas_targets(request: TenantRequest, slug: str, campaign_id: int) -> HttpResponse:
    """Other targets for the cells there are."""
    found = campaign_or_404(campaign_id)
    targets = TargetsForm(request.POST, cells=list_quota_cells(found.id))
    if not targets.is_valid():
        return _page(request, slug, found, QuotaForm(None, questions=_questions(found)), targets)
    set_targets(campaign=found, targets=targets.targets(), changed_by=request.user, at=clock.now())
    messages.success(request, _("The targets are saved."))
    return redirect("reports:campaign_quotas", slug, campaign_id)


@require_POST
@requires(Permission.MANAGE_CAMPAIGNS)
def quotas_end(request: TenantRequest, slug: str, campaign_id: int) -> HttpResponse:
    """No quotas any more."""
    found = campaign_or_404(campaign_id)
    set_cells(campaign=found, cells=[], target=0, changed_by=request.user, at=clock.now())
    messages.success(request, _("The quotas are ended. Answers are kept."))
    return redirect("reports:campaign_quotas", slug, campaign_id)
