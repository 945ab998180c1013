"""The numbers that a tenant shows to the people it calls."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.http import TenantRequest, requires
from apps.accounts.permissions import Permission
from apps.core import clock
from apps.core.errors import InvalidError
from apps.telephony.forms import CallerIdForm, WithdrawForm
from apps.telephony.selectors import find_account, list_caller_ids
from apps.telephony.services import caller_ids


@requires(Permission.MANAGE_NUMBERS)
@require_GET
def numbers(request: TenantRequest, slug: str) -> HttpResponse:
    """The carrier account's state and every number."""
    context = {"account": find_account(), "caller_ids": list_caller_ids(), "withdraw_form": WithdrawForm()}
    return render(request, "telephony/numbers.html", context)


@requires(Permission.MANAGE_NUMBERS)
@require_http_methods(["GET", "POST"])
def number_add(request: TenantRequest, slug: str) -> HttpResponse:
    """Add a number to the connected account."""
    account = find_account()
    if account is None:
        messages.info(request, _("Connect your carrier account first."))
        return redirect("telephony:account_edit", slug)
    form = CallerIdForm(request.POST or None, region=request.tenant.home_region)
    if request.method == "POST" and form.is_valid():
        try:
            caller_ids.add_caller_id(account=account, actor=request.user, at=clock.now(), **form.cleaned_data)
        except InvalidError as error:
            form.add_error(error.field, error.message)
        else:
            messages.success(request, _("The number is added."))
            return redirect("telephony:numbers", slug)
    return render(request, "telephony/number_add.html", {"form": form})


@requires(Permission.MANAGE_NUMBERS)
@require_POST
def number_enable(request: TenantRequest, slug: str, caller_id: int) -> HttpResponse:
    number = get_object_or_404(list_caller_ids(), id=caller_id)
    caller_ids.enable_caller_id(caller_id=number, actor=request.user, at=clock.now())
    messages.success(request, _("The number is in use again."))
    return redirect("telephony:numbers", slug)


@requires(Permission.MANAGE_NUMBERS)
@require_POST
def number_withdraw(request: TenantRequest, slug: str, caller_id: int) -> HttpResponse:
    number = get_object_or_404(list_caller_ids(), id=caller_id)
    form = WithdrawForm(request.POST)
    if form.is_valid():
        caller_ids.withdraw_caller_id(caller_id=number, actor=request.user, at=clock.now(), **form.cleaned_data)
        messages.success(request, _("The number is out of use; campaigns that show it stop dialling."))
    else:
        messages.error(request, _("Say why the number goes out of use."))
    return redirect("telephony:numbers", slug)
