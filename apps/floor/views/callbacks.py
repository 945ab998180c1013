"""All open call-backs of the organisation: whose they are, which are overdue; given to somebody else, or cancelled."""

from datetime import datetime

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from apps.accounts.http import TenantRequest, requires
from apps.accounts.permissions import Permission
from apps.calls.models import Callback
from apps.calls.selectors import list_attempts_to, list_open_callbacks
from apps.calls.services.callbacks import CallbackClosedError, cancel_callback, reassign_callback
from apps.core import clock
from apps.floor.callback_forms import POOL, CallbackFilterForm, CancelForm, ReassignForm, list_callers

PAGE_SIZE = 50
EARLIER = 20


@require_GET
@requires(Permission.SUPERVISE)
def callbacks(request: TenantRequest, slug: str) -> HttpResponse:
    """Open call-backs, the soonest first."""
    at = clock.now()
    form = CallbackFilterForm(request.GET or None)
    found = _filtered(form, at) if form.is_bound and form.is_valid() else list_open_callbacks()
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "floor/callbacks.html", {"page": page, "form": form, "at": at})


def _filtered(form: CallbackFilterForm, at: datetime) -> QuerySet[Callback]:
    found = list_open_callbacks()
    agent = form.cleaned_data["agent"]
    if agent == POOL:
        found = found.filter(agent=None)
    elif agent:
        found = found.filter(agent_id=int(agent))
    return found.filter(due_at__lte=at) if form.cleaned_data["due"] else found


def _get(callback_id: int) -> Callback:
    found = list_open_callbacks().filter(id=callback_id).first()
    if found is None:
        raise Http404
    return found


@require_GET
@requires(Permission.SUPERVISE)
def callback(request: TenantRequest, slug: str, callback_id: int) -> HttpResponse:
    """One open call-back and what can be done with it."""
    return _page(request, slug, _get(callback_id))


def _page(
    request: TenantRequest, slug: str, found: Callback, *, cancel: CancelForm | None = None, status: int = 200
) -> HttpResponse:
    lead = found.campaign_lead.lead
    context = {
        "callback": found,
        "lead": lead,
        "attempts": list_attempts_to(lead.phone)[:EARLIER],
        "reassign_form": ReassignForm(initial={"agent": str(found.agent_id or POOL)}),
        "cancel_form": cancel or CancelForm(),
        "crumbs": [(_("Call-backs"), reverse("floor:callbacks", args=[slug]))],
        "at": clock.now(),
    }
    return render(request, "floor/callback.html", context, status=status)


@require_POST
@requires(Permission.SUPERVISE)
def reassign(request: TenantRequest, slug: str, callback_id: int) -> HttpResponse:
    """Give the call-back to an agent or to whoever is free."""
    found = _get(callback_id)
    form = ReassignForm(request.POST)
    if not form.is_valid():
        return _page(request, slug, found, status=422)
    agent = list_callers().get(form.cleaned_data["agent"])
    try:
        reassign_callback(callback_id=found.id, agent=agent, changed_by=request.user, at=clock.now())
    except CallbackClosedError as error:
        messages.error(request, error.message)
    else:
        who = str(agent) if agent else _("whoever is free")
        messages.success(request, _("%(who)s calls back.") % {"who": who})
    return redirect("floor:callbacks", slug)


@require_POST
@requires(Permission.SUPERVISE)
def cancel(request: TenantRequest, slug: str, callback_id: int) -> HttpResponse:
    """Take the call-back back, with a reason."""
    found = _get(callback_id)
    form = CancelForm(request.POST)
    if not form.is_valid():
        return _page(request, slug, found, cancel=form, status=422)
    try:
        cancel_callback(
            callback_id=found.id, reason=form.cleaned_data["reason"], canceled_by=request.user, at=clock.now()
        )
    except CallbackClosedError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, _("The call-back is cancelled."))
    return redirect("floor:callbacks", slug)
