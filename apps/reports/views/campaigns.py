"""The manager's live pages: overview, one campaign, its attempts."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from apps.accounts.http import TenantRequest, requires
from apps.accounts.permissions import Permission
from apps.calls.models import Attempt
from apps.calls.selectors import list_attempts, list_quota_cells, ordered_answers
from apps.campaigns.models import Campaign
from apps.campaigns.selectors import get_campaign, list_campaigns
from apps.core import clock
from apps.reports import selectors
from apps.reports.voice import voice_days

PAGE_SIZE = 50
RECENT = 15
HOURS_SHOWN = 12
AT_WORK = (Campaign.State.RUNNING, Campaign.State.PAUSED, Campaign.State.SCHEDULED, Campaign.State.DRAFT)


@require_GET
@requires(Permission.VIEW_CAMPAIGNS)
def dashboard(request: TenantRequest, slug: str) -> HttpResponse:
    """What is going on: the floor in figures, campaigns at work, what needs somebody."""
    at = clock.now()
    pacing = selectors.list_pacing(at=at)
    at_work = list_campaigns().filter(state__in=AT_WORK)[:RECENT]
    context = {
        "floor": selectors.floor_state(at=at),
        "campaigns": [(found, pacing.get(found.id, "")) for found in at_work],
        "hours": _hour_columns(at=at),
    }
    return render(request, "reports/dashboard.html", context)


@require_GET
@requires(Permission.VIEW_CAMPAIGNS)
def campaigns_state(request: TenantRequest, slug: str) -> JsonResponse:
    """The values of the overview's and the campaign list's stream, for (re)connecting pages."""
    shown = list_campaigns().exclude(state=Campaign.State.ARCHIVED)
    at = clock.now()
    return JsonResponse({**selectors.floor_state(at=at), **selectors.all_totals(shown, at=at)})


@require_GET
@requires(Permission.VIEW_CAMPAIGNS)
def campaign(request: TenantRequest, slug: str, campaign_id: int) -> HttpResponse:
    """One campaign, live."""
    found = campaign_or_404(campaign_id)
    return render(request, "reports/campaign.html", _campaign_context(found, slug))


@require_GET
@requires(Permission.VIEW_CAMPAIGNS)
def campaign_live(request: TenantRequest, slug: str, campaign_id: int) -> JsonResponse:
    """The values of the campaign's stream, for (re)connecting pages."""
    return JsonResponse(selectors.campaign_state(campaign_or_404(campaign_id), at=clock.now()))


@require_GET
@requires(Permission.VIEW_CAMPAIGNS)
def campaign_attempts(request: TenantRequest, slug: str, campaign_id: int) -> HttpResponse:
    """All attempts; as a fragment, the newest ones for the live page."""
    found = campaign_or_404(campaign_id)
    if request.headers.get("HX-Request"):
        newest = list_attempts(found.id)[:RECENT]
        return render(request, "reports/_attempts.html", {"campaign": found, "attempts": newest})
    attempts, next_url = _attempts_page(request, found)
    context = {
        "campaign": found,
        "attempts": attempts,
        "next_url": next_url,
        "first_url": request.path if "after" in request.GET else "",
        "crumbs": campaign_crumbs(slug, found),
        "tabs": campaign_tabs(slug, found, "attempts"),
    }
    return render(request, "reports/campaign_attempts.html", context)


def _attempts_page(request: TenantRequest, found: Campaign) -> tuple[list[Attempt], str]:
    """One page of attempts and the address of the next: a million rows cost as little as fifty."""
    attempts = list_attempts(found.id).prefetch_related(ordered_answers())
    after = _uuid(request.GET.get("after", ""))
    last = Attempt.objects.filter(campaign=found, id=after).first() if after else None
    if last is not None:
        older = Q(reserved_at__lt=last.reserved_at)
        attempts = attempts.filter(older | Q(reserved_at=last.reserved_at, id__gt=last.id))
    rows = list(attempts[: PAGE_SIZE + 1])
    page = rows[:PAGE_SIZE]
    return page, f"?after={page[-1].id}" if len(rows) > PAGE_SIZE else ""


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


@require_GET
@requires(Permission.VIEW_CAMPAIGNS)
def campaign_figures(request: TenantRequest, slug: str, campaign_id: int) -> HttpResponse:
    """The live page's side: dispositions and why leads are not callable, as a fragment."""
    return render(request, "reports/_figures.html", _figures(campaign_or_404(campaign_id)))


def campaign_or_404(campaign_id: int) -> Campaign:
    """The tenant's campaign."""
    try:
        return get_campaign(campaign_id)
    except Campaign.DoesNotExist as error:
        raise Http404 from error


def _campaign_context(found: Campaign, slug: str) -> dict[str, object]:
    at = clock.now()
    return {
        "campaign": found,
        "live": selectors.campaign_state(found, at=at),
        "attempts": list_attempts(found.id)[:RECENT],
        "hours": _hour_columns(at=at, campaign_id=found.id),
        **_voice(found, at),
        "lists": [link.lead_list for link in found.campaign_lists.select_related("lead_list").order_by("id")],
        "crumbs": campaign_crumbs(slug),
        "tabs": campaign_tabs(slug, found, "overview"),
        **_figures(found),
    }


def _voice(found: Campaign, at: datetime) -> dict[str, object]:
    days = voice_days(found.id, at=at)
    return {
        "voice_last": days[-1] if days else None,
        "voice_medians": [(date_format(item.day, "j M"), item.median) for item in days],
        "voice_p95s": [(date_format(item.day, "j M"), item.p95) for item in days],
    }


def _figures(found: Campaign) -> dict[str, object]:
    queue = selectors.queue_of(found, at=clock.now())
    return {
        "campaign": found,
        "dispositions": [(label, count) for _code, label, count in selectors.disposition_counts(found)],
        "why": selectors.why_not_callable(queue),
        "cells": list_quota_cells(found.id),
    }


def campaign_crumbs(slug: str, found: Campaign | None = None) -> list[tuple[str, str]]:
    """The way to the pages of a campaign."""
    crumbs = [(_("Campaigns"), reverse("campaigns:campaign_list", args=[slug]))]
    if found:
        crumbs.append((found.name, reverse("reports:campaign", args=[slug, found.id])))
    return crumbs


def campaign_tabs(slug: str, found: Campaign, current: str) -> list[dict[str, object]]:
    """The pages of a campaign."""
    pages = (
        ("overview", _("Live"), "reports:campaign"),
        ("attempts", _("Attempts"), "reports:campaign_attempts"),
        ("answers", _("Answers"), "reports:campaign_answers"),
        ("quotas", _("Quotas"), "reports:campaign_quotas"),
    )
    return [
        {"label": label, "url": reverse(name, args=[slug, found.id]), "is_current": key == current}
        for key, label, name in pages
    ]


def _hour_columns(*, at: datetime, campaign_id: int | None = None) -> list[tuple[str, int]]:
    since = at - timedelta(hours=HOURS_SHOWN - 1)
    rows = selectors.hourly_dials(since=since, until=at, campaign_id=campaign_id)
    return [(localtime(hour).strftime("%H:%M"), count) for hour, count in rows]
