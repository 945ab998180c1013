"""The audit page."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from apps.accounts.http import TenantRequest, requires
from apps.accounts.permissions import Permission
from apps.audit.actions import Action
from apps.audit.forms import AuditFilterForm
from apps.audit.selectors import entry_lines, list_entries
from apps.core.domain.numbers import read_row_number

PAGE_SIZE = 50


@requires(Permission.VIEW_AUDIT)
@require_GET
def entries(request: TenantRequest, slug: str) -> HttpResponse:
    """Who did what and when, newest first; pages go on below the last entry seen."""
    form = AuditFilterForm(request.GET or None, zone=request.tenant.time_zone)
    before_id = read_row_number(request.GET.get("before", "")) or None
    found = list(list_entries(only=form.chosen(), before_id=before_id)[: PAGE_SIZE + 1])
    page, more = found[:PAGE_SIZE], found[PAGE_SIZE:]
    query = request.GET.copy()
    query.pop("before", None)
    first_url = f"{request.path}?{query.urlencode()}" if before_id else ""
    query["before"] = str(page[-1].id) if page else ""
    labels = dict(Action.choices)
    rows = [(entry, labels.get(entry.action, entry.action), entry_lines(entry)) for entry in page]
    context = {
        "form": form,
        "rows": rows,
        "next_url": f"{request.path}?{query.urlencode()}" if more else "",
        "first_url": first_url,
        "empty_title": _("No entries match"),
    }
    return render(request, "audit/entries.html", context)
