"""The carrier account: connecting it, its rate, its key."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from apps.accounts.http import TenantRequest, asks_carrier, requires
from apps.accounts.permissions import Permission
from apps.core import clock
from apps.core.errors import AppError, ConflictError, InvalidError
from apps.telephony.errors import CarrierError
from apps.telephony.forms import AccountForm, ConnectAccountForm
from apps.telephony.models import ProviderAccount
from apps.telephony.selectors import find_account
from apps.telephony.services import accounts, connecting
from apps.telephony.wording import explain
from apps.tenants.scope import tenant_scope


@requires(Permission.MANAGE_NUMBERS)
@require_http_methods(["GET", "POST"])
@asks_carrier
def account_edit(request: TenantRequest, slug: str) -> HttpResponse:
    """Connect a carrier account, or change the rate and token of the connected one."""
    with tenant_scope(request.tenant.id):
        account = find_account()
    if account is None:
        form: ConnectAccountForm | AccountForm = ConnectAccountForm(request.POST or None)
    else:
        form = AccountForm(request.POST or None, initial={"cps": account.cps})
    if request.method == "POST" and form.is_valid() and _save_account(request, account, form):
        messages.success(request, _("The carrier account is saved."))
        return redirect("telephony:numbers", slug)
    context = {
        "form": form,
        "account": account,
        "may_open_subaccount": account is None and connecting.has_main_account(),
    }
    return render(request, "telephony/account_edit.html", context)


def _save_account(
    request: TenantRequest, account: ProviderAccount | None, form: ConnectAccountForm | AccountForm
) -> bool:
    if account is not None:
        with tenant_scope(request.tenant.id):
            accounts.change_account(account=account, actor=request.user, at=clock.now(), **form.cleaned_data)
        return True
    try:
        connecting.connect_account(tenant_id=request.tenant.id, actor=request.user, at=clock.now(), **form.cleaned_data)
    except InvalidError as error:
        form.add_error(error.field, error.message)
        return False
    except CarrierError as error:
        form.add_error(None, explain(error))
        return False
    return True


@requires(Permission.MANAGE_NUMBERS)
@require_POST
@asks_carrier
def subaccount_open(request: TenantRequest, slug: str) -> HttpResponse:
    """Open a subaccount for the organisation and connect it, in one step."""
    with tenant_scope(request.tenant.id):
        connected = find_account()
    if connected is not None:
        messages.info(request, _("A carrier account is connected already."))
        return redirect("telephony:numbers", slug)
    try:
        account = connecting.open_subaccount(tenant=request.tenant, actor=request.user, at=clock.now())
    except AppError as error:
        messages.error(request, _said(error))
        return redirect("telephony:account_edit", slug)
    if account.api_key_sid:
        messages.success(request, _("The subaccount is open and connected."))
    else:
        messages.warning(
            request, _("The subaccount is open and connected, but the carrier made no key for phones yet.")
        )
    return redirect("telephony:numbers", slug)


@requires(Permission.MANAGE_NUMBERS)
@require_POST
@asks_carrier
def key_make(request: TenantRequest, slug: str) -> HttpResponse:
    """Let agents phone in the browser: make the account's API key."""
    with tenant_scope(request.tenant.id):
        account = find_account()
    if account is None:
        return redirect("telephony:account_edit", slug)
    try:
        connecting.make_api_key(account=account, actor=request.user, at=clock.now())
    except (CarrierError, ConflictError) as error:
        messages.error(request, _said(error))
    else:
        messages.success(request, _("Agents can phone in the browser now."))
    return redirect("telephony:numbers", slug)


def _said(error: AppError) -> str:
    return explain(error) if isinstance(error, CarrierError) else error.message
