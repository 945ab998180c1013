"""The list of those to whom agents may transfer calls."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from apps.accounts.http import TenantRequest, requires
from apps.accounts.permissions import Permission
from apps.core import clock
from apps.core.errors import InvalidError
from apps.telephony.forms import TargetForm, TargetNameForm
from apps.telephony.selectors import list_transfer_targets
from apps.telephony.services.targets import add_target, change_target, remove_target


@requires(Permission.MANAGE_NUMBERS)
@require_http_methods(["GET", "POST"])
def targets(request: TenantRequest, slug: str) -> HttpResponse:
    """Everybody on the list, and a form for one more."""
    form = TargetForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            add_target(countries=request.tenant.countries, actor=request.user, at=clock.now(), **form.cleaned_data)
        except InvalidError as error:
            form.add_error(error.field, error.message)
        else:
            messages.success(request, _("Agents can transfer calls there from now on."))
            return redirect("telephony:targets", slug)
    return render(request, "telephony/targets.html", {"form": form, "targets": list_transfer_targets()})


@requires(Permission.MANAGE_NUMBERS)
@require_http_methods(["GET", "POST"])
def target_edit(request: TenantRequest, slug: str, target_id: int) -> HttpResponse:
    """Call a target something else."""
    target = get_object_or_404(list_transfer_targets(), id=target_id)
    form = TargetNameForm(request.POST or None, initial={"name": target.name, "purpose": target.purpose})
    if request.method == "POST" and form.is_valid():
        change_target(target=target, actor=request.user, at=clock.now(), **form.cleaned_data)
        messages.success(request, _("The target is changed."))
        return redirect("telephony:targets", slug)
    return render(request, "telephony/target_edit.html", {"form": form, "target": target})


@requires(Permission.MANAGE_NUMBERS)
@require_POST
def target_remove(request: TenantRequest, slug: str, target_id: int) -> HttpResponse:
    """Take a target off the list."""
    remove_target(target=get_object_or_404(list_transfer_targets(), id=target_id), actor=request.user, at=clock.now())
    messages.success(request, _("The target is off the list."))
    return redirect("telephony:targets", slug)
