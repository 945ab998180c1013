"""Numbers from the carrier: taking over those of the account, and verifying outside ones."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from apps.accounts.http import TenantRequest, asks_carrier, requires
from apps.accounts.permissions import Permission
from apps.core import clock
from apps.core.errors import InvalidError
from apps.telephony.carrier import NumberView
from apps.telephony.errors import CarrierError
from apps.telephony.forms import CallerIdForm, ImportForm, VerifiedForm
from apps.telephony.selectors import find_account
from apps.telephony.services import numbering
from apps.telephony.wording import explain
from apps.tenants.scope import tenant_scope


@requires(Permission.MANAGE_NUMBERS)
@require_http_methods(["GET", "POST"])
@asks_carrier
def number_import(request: TenantRequest, slug: str) -> HttpResponse:
    """Choose among the account's numbers at the carrier."""
    with tenant_scope(request.tenant.id):
        account = find_account()
    if account is None:
        return redirect("telephony:account_edit", slug)
    numbers: list[NumberView] = []
    trouble = ""
    try:
        numbers = numbering.list_new_numbers(account)
    except CarrierError as error:
        trouble = explain(error)
    form = ImportForm(request.POST or None, numbers=numbers)
    if request.method == "POST" and numbers and form.is_valid():
        with tenant_scope(request.tenant.id):
            added = numbering.import_numbers(account=account, numbers=form.chosen(), actor=request.user, at=clock.now())
        count = len(added)
        said = ngettext("One number is added.", "%(count)s numbers are added.", count) % {"count": count}
        messages.success(request, said)
        return redirect("telephony:numbers", slug)
    return render(request, "telephony/number_import.html", {"form": form, "numbers": numbers, "trouble": trouble})


@requires(Permission.MANAGE_NUMBERS)
@require_http_methods(["GET", "POST"])
@asks_carrier
def number_verify(request: TenantRequest, slug: str) -> HttpResponse:
    """Have the carrier ring an outside number, and show the code to key in."""
    with tenant_scope(request.tenant.id):
        account = find_account()
    if account is None:
        return redirect("telephony:account_edit", slug)
    form = CallerIdForm(request.POST or None, region=request.tenant.home_region)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            code = numbering.ask_verification(account=account, actor=request.user, at=clock.now(), **given)
        except InvalidError as error:
            form.add_error(error.field, error.message)
        except CarrierError as error:
            form.add_error(None, explain(error))
        else:
            return render(request, "telephony/number_code.html", {"form": VerifiedForm(given | {"code": code})})
    return render(request, "telephony/number_verify.html", {"form": form})


@requires(Permission.MANAGE_NUMBERS)
@require_POST
@asks_carrier
def number_verified(request: TenantRequest, slug: str) -> HttpResponse:
    """The code is said to be keyed in: add the number if the carrier says so too."""
    with tenant_scope(request.tenant.id):
        account = find_account()
    form = VerifiedForm(request.POST)
    if account is None or not form.is_valid():
        return redirect("telephony:number_verify", slug)
    given = form.cleaned_data
    try:
        numbering.add_verified(
            account=account, phone=given["phone"], label=given["label"], actor=request.user, at=clock.now()
        )
    except InvalidError as error:
        messages.info(request, error.message)
    except numbering.NotVerifiedError:
        messages.warning(request, _("The carrier has not got the code yet. Key it in, then try again."))
        return render(request, "telephony/number_code.html", {"form": form})
    except CarrierError as error:
        messages.error(request, explain(error))
        return render(request, "telephony/number_code.html", {"form": form})
    else:
        messages.success(request, _("The number is verified and added."))
    return redirect("telephony:numbers", slug)
