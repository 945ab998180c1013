"""Talks that their agents left without a disposition: their leads are not called before they have one."""

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from apps.accounts.http import TenantRequest, requires
from apps.accounts.permissions import Permission
from apps.calls.models import Attempt
from apps.calls.selectors import list_attempts_to
from apps.core import clock
from apps.core.errors import AppError
from apps.core.forms import show_error
from apps.floor.left_open_forms import DispositionForm
from apps.floor.selectors import list_left_open
from apps.floor.services.left_open import dispose_left_open

PAGE_SIZE = 50
EARLIER = 20


@require_GET
@requires(Permission.SUPERVISE)
def left_open(request: TenantRequest, slug: str) -> HttpResponse:
    """All of them, the oldest first."""
    page = Paginator(list_left_open(), PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "floor/left_open.html", {"page": page, "crumbs": [_floor(slug)]})


@require_http_methods(["GET", "POST"])
@requires(Permission.SUPERVISE)
def left_open_call(request: TenantRequest, slug: str, attempt_id: UUID) -> HttpResponse:
    """One of them, with what is known of it, and its disposition."""
    attempt = _get(attempt_id)
    form = DispositionForm(request.POST or None, attempt=attempt)
    if request.method == "POST" and form.is_valid():
        try:
            dispose_left_open(attempt_id=attempt.id, **form.cleaned_data, actor=request.user, at=clock.now())
        except AppError as error:
            show_error(form, error)
        else:
            messages.success(request, _("The disposition is saved."))
            return redirect("floor:left_open", slug)
    context = {
        "attempt": attempt,
        "attempts": list_attempts_to(attempt.phone).exclude(id=attempt.id)[:EARLIER],
        "form": form,
        "crumbs": [_floor(slug), (_("Calls without a disposition"), reverse("floor:left_open", args=[slug]))],
    }
    return render(request, "floor/left_open_call.html", context)


def _get(attempt_id: UUID) -> Attempt:
    found = list_left_open().prefetch_related("answers", "recordings").filter(id=attempt_id).first()
    if found is None:
        raise Http404
    return found


def _floor(slug: str) -> tuple[str, str]:
    return _("Floor"), reverse("floor:floor", args=[slug])
