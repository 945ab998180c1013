"""The manager's live pages: overview, one campaign, its attempts."""

from datetime import datetime, timedelta

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from apps.accounts.http import TenantRequest, requires
from apps.accounts.permissions import Permission
from apps.calls.selectors import list_attempts
from apps.campaigns.models import Campaign
from apps.campaigns.selectors import get_campaign, list_campaigns
from apps.core import clock
from apps.reports import selectors

PAGE_SIZE = 50
RECENT = 15
HOURS_SHOWN = 12


@require_GET
@requires(Permission.VIEW_CAMPAIGNS)
def dashboard(request: TenantRequest, slug: str) -> HttpResponse:
    """What is going on: the floor in figures, campaigns at work, what needs somebody."""
    at = clock.now()
    campaigns = list(list_campaigns().filter(state__in=("RUNNING", "PAUSED", "SCHEDULED", "DRAFT"))[:RECENT])
    stuck = [
        (campaign, state["diagnosis"])
        for campaign in campaigns
        if campaign.state == Campaign.State.RUNNING
        and (state := selectors.campaign_state(get_campaign(campaign.id), at=at))["is_stuck"]
    ]
    context = {
        "floor": selectors.floor_state(at=at),
        "campaigns": campaigns,
        "stuck": stuck,
        "hours": _hour_columns(at=at),
    }
    return render(request, "reports/dashboard.html", context)


@require_GET
@requires(Permission.VIEW_CAMPAIGNS)
def campaigns_state(request: TenantRequest, slug: str) -> JsonResponse:
    """The values of the overview's and the campaign list's stream, for (re)connecting pages."""
    shown = list_campaigns().exclude(state=Campaign.State.ARCHIVED)
    return JsonResponse({**selectors.floor_state(at=clock.now()), **selectors.all_totals(shown)})


@require_GET
@requires(Permission.VIEW_CAMPAIGNS)
def campaign(request: TenantRequest, slug: str, campaign_id: int) -> HttpResponse:
    """One campaign, live."""
    found = _campaign_or_404(campaign_id)
    return render(request, "reports/campaign.html", _campaign_context(found, slug))


@require_GET
@requires(Permission.VIEW_CAMPAIGNS)
def campaign_live(request: TenantRequest, slug: str, campaign_id: int) -> JsonResponse:
    """The values of the campaign's stream, for (re)connecting pages."""
    return JsonResponse(selectors.campaign_state(_campaign_or_404(campaign_id), at=clock.now()))


@require_GET
@requires(Permission.VIEW_CAMPAIGNS)
def campaign_attempts(request: TenantRequest, slug: str, campaign_id: int) -> HttpResponse:
    """All attempts; as a fragment, the newest ones for the live page."""
    found = _campaign_or_404(campaign_id)
    attempts = list_attempts(found.id)
    if request.headers.get("HX-Request"):
        return render(request, "reports/_attempts.html", {"campaign": found, "attempts": attempts[:RECENT]})
    page = Paginator(attempts, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {"campaign": found, "page": page, "crumbs": _crumbs(slug, found), "tabs": _tabs(slug, found, "attempts")}
    return render(request, "reports/campaign_attempts.html", context)


@require_GET
@requires(Permission.VIEW_CAMPAIGNS)
def campaign_figures(request: TenantRequest, slug: str, campaign_id: int) -> HttpResponse:
    """The live page's side: dispositions and why leads are not callable, as a fragment."""
    return render(request, "reports/_figures.html", _figures(_campaign_or_404(campaign_id)))


def _campaign_or_404(campaign_id: int) -> Campaign:
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
        "lists": [link.lead_list for link in found.campaign_lists.select_related("lead_list").order_by("id")],
        "crumbs": _crumbs(slug),
        "tabs": _tabs(slug, found, "overview"),
        **_figures(found),
    }


def _figures(found: Campaign) -> dict[str, object]:
    queue = selectors.queue_of(found, at=clock.now())
    return {
        "campaign": found,
        "dispositions": [(label, count) for _code, label, count in selectors.disposition_counts(found)],
        "why": selectors.why_not_callable(queue),
    }


def _crumbs(slug: str, found: Campaign | None = None) -> list[tuple[str, str]]:
    crumbs = [(_("Campaigns"), reverse("campaigns:campaign_list", args=[slug]))]
    if found:
        crumbs.append((found.name, reverse("reports:campaign", args=[slug, found.id])))
    return crumbs


def _tabs(slug: str, found: Campaign, current: str) -> list[dict[str, object]]:
    pages = (
        ("overview", _("Live"), "reports:campaign"),
        ("attempts", _("Attempts"), "reports:campaign_attempts"),
    )
    return [
        {"label": label, "url": reverse(name, args=[slug, found.id]), "is_current": key == current}
        for key, label, name in pages
    ]


def _hour_columns(*, at: datetime, campaign_id: int | None = None) -> list[tuple[str, int]]:
    since = at - timedelta(hours=HOURS_SHOWN - 1)
    rows = selectors.hourly_dials(since=since, until=at, campaign_id=campaign_id)
    return [(localtime(hour).strftime("%H:%M"), count) for hour, count in rows]
