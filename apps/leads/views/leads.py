"""Pages of single leads."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from apps.accounts.http import TenantRequest, requires
from apps.accounts.permissions import Permission
from apps.compliance import selectors as compliance
from apps.core import clock
from apps.leads import selectors
from apps.leads.forms import LeadForm, NewLeadForm
from apps.leads.models import Lead, LeadList
from apps.leads.services.editing import EDITABLE, change_lead
from apps.leads.services.intake import Incoming, Result, add_lead
from apps.leads.views.lists import cursor_urls, list_crumbs

PAGE_SIZE = 50
VIEW, MANAGE = Permission.VIEW_LEADS, Permission.MANAGE_LEADS
# The source of leads that members type in.
BY_HAND = "by hand"


@require_GET
@requires(VIEW)
def lead_search(request: TenantRequest, slug: str) -> HttpResponse:
    """Leads of all lists by number, name or id; straight to the lead when there is only one."""
    query, cursor = request.GET.get("q", "").strip(), request.GET.get("after", "")
    found = selectors.search_leads(query, region=request.tenant.home_region, cursor=cursor, size=PAGE_SIZE)
    if len(found.leads) == 1 and not cursor:
        return redirect("leads:lead_detail", slug, found.leads[0].id)
    context = {"query": query, "found": found, "crumbs": list_crumbs(slug), **cursor_urls(request, found.cursor)}
    return render(request, "leads/lead_search.html", context)


@require_GET
@requires(VIEW)
def lead_detail(request: TenantRequest, slug: str, lead_id: int) -> HttpResponse:
    """Whether a lead may be called now and why, and everything known of it."""
    lead = get_object_or_404(Lead.objects.select_related("place", "lead_list", "tenant"), id=lead_id)
    context = {
        "lead": lead,
        "crumbs": list_crumbs(slug, lead.lead_list),
        "consents": compliance.list_consents(lead.phone),
        "status": compliance.consent_status([lead.phone])[lead.phone],
        "relationships": compliance.list_relationships(lead.phone),
        "entries": (entries := list(compliance.list_dnc_entries(lead.phone))),
        "campaign_ids": {entry.campaign_id for entry in entries},
        "others": Lead.objects.filter(phone=lead.phone)
        .exclude(id=lead.id)
        .select_related("lead_list")
        .order_by("lead_list_id")[:20],
    }
    return render(request, "leads/lead_detail.html", context)


@require_http_methods(["GET", "POST"])
@requires(MANAGE)
def lead_create(request: TenantRequest, slug: str, list_id: int) -> HttpResponse:
    """Add one lead to a list."""
    lead_list = get_object_or_404(LeadList.objects, id=list_id)
    form = NewLeadForm(request.POST or None, region=request.tenant.home_region, initial={"line_type": "unknown"})
    if request.method == "POST" and form.is_valid():
        given = frozenset(name for name in EDITABLE if form.cleaned_data.get(name))
        incoming = Incoming(form.row._replace(source=BY_HAND), given)
        outcome = add_lead(lead_list=lead_list, incoming=incoming, source=BY_HAND, at=clock.now())
        if outcome.lead_id is not None:
            is_new = outcome.result == Result.CREATED
            messages.success(request, _("The lead is added.") if is_new else _("The lead was there and is up to date."))
            return redirect("leads:lead_detail", slug, outcome.lead_id)
        form.add_error("phone", _("This number is in the list already, from another source."))
    context = {"form": form, "lead_list": lead_list, "crumbs": list_crumbs(slug, lead_list)}
    return render(request, "leads/lead_form.html", context)


@require_http_methods(["GET", "POST"])
@requires(MANAGE)
def lead_edit(request: TenantRequest, slug: str, lead_id: int) -> HttpResponse:
    """Correct what is known of a lead; its place and hours follow."""
    lead = get_object_or_404(Lead.objects.select_related("place", "lead_list"), id=lead_id)
    initial = {name: getattr(lead, name) for name in EDITABLE}
    form = LeadForm(request.POST or None, region=request.tenant.home_region, lead=lead, initial=initial)
    if request.method == "POST" and form.is_valid():
        change_lead(lead_id=lead.id, row=form.row, changed_by=request.user, at=clock.now())
        messages.success(request, _("The lead is saved."))
        return redirect("leads:lead_detail", slug, lead.id)
    context = {"form": form, "lead": lead, "crumbs": list_crumbs(slug, lead.lead_list)}
    return render(request, "leads/lead_form.html", context)
