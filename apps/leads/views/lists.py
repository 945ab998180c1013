"""Pages of lists."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.http import TenantRequest, requires
from apps.accounts.permissions import Permission
from apps.core import clock
from apps.core.errors import AppError
from apps.core.forms import show_error
from apps.leads import selectors
from apps.leads.forms import ListForm
from apps.leads.models import LeadList
from apps.leads.services import lists

PAGE_SIZE = 50
LISTS_PER_PAGE = 50
VIEW, MANAGE = Permission.VIEW_LEADS, Permission.MANAGE_LEADS


@require_GET
@requires(VIEW)
def list_list(request: TenantRequest, slug: str) -> HttpResponse:
    """Lists in the choices, or the archived ones with ?archived=1."""
    is_archived = request.GET.get("archived") == "1"
    found = Paginator(selectors.list_lists(is_archived=is_archived), LISTS_PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": found,
        "counts": selectors.count_leads(lead_list.id for lead_list in found),
        "tabs": _tabs(slug, is_archived=is_archived),
        "is_archived": is_archived,
    }
    return render(request, "leads/list_list.html", context)


def _tabs(slug: str, *, is_archived: bool) -> list[dict[str, object]]:
    url = reverse("leads:list_list", args=[slug])
    return [
        {"label": _("Lists"), "url": url, "is_current": not is_archived},
        {"label": _("Archived"), "url": f"{url}?archived=1", "is_current": is_archived},
    ]


@require_http_methods(["GET", "POST"])
@requires(MANAGE)
def list_create(request: TenantRequest, slug: str) -> HttpResponse:
    """An empty list; a file makes its own on upload."""
    form = ListForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            lead_list = lists.create_list(**form.cleaned_data, created_by=request.user, at=clock.now())
        except AppError as error:
            show_error(form, error)
        else:
            messages.success(request, _("The list is made. Load a file or add leads."))
            return redirect("leads:list_detail", slug, lead_list.id)
    return render(request, "leads/list_form.html", {"form": form, "crumbs": list_crumbs(slug)})


@require_http_methods(["GET", "POST"])
@requires(MANAGE)
def list_edit(request: TenantRequest, slug: str, list_id: int) -> HttpResponse:
    """Name and description."""
    lead_list = get_object_or_404(LeadList.objects, id=list_id)
    initial = {"name": lead_list.name, "description": lead_list.description}
    form = ListForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            lists.change_list(lead_list_id=list_id, **form.cleaned_data, changed_by=request.user, at=clock.now())
        except AppError as error:
            show_error(form, error)
        else:
            messages.success(request, _("The list is saved."))
            return redirect("leads:list_detail", slug, list_id)
    context = {"form": form, "lead_list": lead_list, "crumbs": list_crumbs(slug, lead_list)}
    return render(request, "leads/list_form.html", context)


@require_GET
@requires(VIEW)
def list_detail(request: TenantRequest, slug: str, list_id: int) -> HttpResponse:
    """The leads of a list, page by page, or those that ?q= finds in it."""
    lead_list = get_object_or_404(LeadList.objects, id=list_id)
    query, cursor = request.GET.get("q", "").strip(), request.GET.get("after", "")
    if query:
        region = request.tenant.home_region
        found = selectors.search_leads(query, region=region, list_ids=[list_id], cursor=cursor, size=PAGE_SIZE)
    else:
        found = selectors.list_leads(lead_list, cursor=cursor, size=PAGE_SIZE)
    context = {
        "lead_list": lead_list,
        "lists": [lead_list],
        "found": found,
        "query": query,
        "count": selectors.count_leads([list_id])[list_id],
        "imports": selectors.list_imports(lead_list)[:5],
        "crumbs": list_crumbs(slug),
        **cursor_urls(request, found.cursor),
    }
    return render(request, "leads/list_detail.html", context)


@require_POST
@requires(MANAGE)
def list_archive(request: TenantRequest, slug: str, list_id: int) -> HttpResponse:
    """Take a list out of the choices."""
    lead_list = get_object_or_404(LeadList.objects, id=list_id)
    lists.archive_list(lead_list_id=list_id, archived_by=request.user, at=clock.now())
    messages.success(request, _("“%(name)s” is archived.") % {"name": lead_list.name})
    return redirect("leads:list_list", slug)


@require_POST
@requires(MANAGE)
def list_restore(request: TenantRequest, slug: str, list_id: int) -> HttpResponse:
    """Bring an archived list back."""
    lead_list = get_object_or_404(LeadList.objects, id=list_id)
    lists.restore_list(lead_list_id=list_id, restored_by=request.user, at=clock.now())
    messages.success(request, _("“%(name)s” can be used again.") % {"name": lead_list.name})
    return redirect("leads:list_detail", slug, list_id)


def list_crumbs(slug: str, *path: LeadList) -> list[tuple[str, str]]:
    """The way to a page below the lists."""
    crumbs = [(_("Lists"), reverse("leads:list_list", args=[slug]))]
    return crumbs + [(item.name, reverse("leads:list_detail", args=[slug, item.id])) for item in path]


def cursor_urls(request: TenantRequest, cursor: str) -> dict[str, str]:
    """Addresses of the first and the next page of a list with cursors."""
    query: QueryDict = request.GET.copy()
    query.pop("after", None)
    first = f"?{query.urlencode()}"
    query["after"] = cursor
    return {
        "next_url": f"?{query.urlencode()}" if cursor else "",
        "first_url": first if request.GET.get("after") else "",
    }
