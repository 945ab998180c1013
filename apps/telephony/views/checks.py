"""The checklist of the carrier account: one line at a time, each with its last result."""

from dataclasses import dataclass

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from apps.accounts.http import TenantRequest, asks_carrier, requires
from apps.accounts.permissions import Permission
from apps.core import clock
from apps.telephony.errors import CarrierError
from apps.telephony.models import CarrierCheck
from apps.telephony.selectors import find_account, list_checks
from apps.telephony.services.checking import check_line
from apps.telephony.services.numbering import take_calls
from apps.telephony.wording import explain, finding_advice, finding_text
from apps.tenants.scope import tenant_scope

Kind, State = CarrierCheck.Kind, CarrierCheck.State
TONES = {State.RUNNING: "info", State.PASSED: "ok", State.WARNED: "warn", State.FAILED: "danger"}


@dataclass(frozen=True, slots=True)
class Line:
    """A line as the page shows it; `is_next`: the page asks for it as soon as it shows it."""

    kind: CarrierCheck.Kind
    check: CarrierCheck | None = None
    is_next: bool = False

    @property
    def is_waiting(self) -> bool:
        return self.check is not None and self.check.state == State.RUNNING

    @property
    def text(self) -> str:
        return finding_text(self.check) if self.check else ""

    @property
    def advice(self) -> str:
        return finding_advice(self.check) if self.check else ""

    @property
    def tone(self) -> str:
        return TONES[State(self.check.state)] if self.check else "neutral"

    @property
    def needs_key(self) -> bool:
        return self.kind == Kind.KEY and self.check is not None and self.check.state == State.FAILED

    @property
    def needs_calls(self) -> bool:
        return self.check is not None and self.check.finding == "inbound_nowhere"


@requires(Permission.MANAGE_NUMBERS)
@require_GET
def checklist(request: TenantRequest, slug: str) -> HttpResponse:
    """Every line with what its last test came to."""
    account = find_account()
    if account is None:
        return redirect("telephony:account_edit", slug)
    known = {check.kind: check for check in list_checks(account)}
    context = {"account": account, "lines": [Line(kind, known.get(kind)) for kind in Kind], "first": next(iter(Kind))}
    return render(request, "telephony/checklist.html", context)


@requires(Permission.MANAGE_NUMBERS)
@require_POST
@asks_carrier
def check_run(request: TenantRequest, slug: str, check: str) -> HttpResponse:
    """Test one line; with `all` the page goes on to the next one by itself."""
    if check not in Kind.values:
        raise Http404
    with tenant_scope(request.tenant.id):
        account = find_account()
    if account is None:
        return redirect("telephony:account_edit", slug)
    line = Line(Kind(check), check_line(account=account, kind=Kind(check), at=clock.now()))
    if not request.htmx:  # type: ignore[attr-defined]  # set by django-htmx's middleware
        return redirect("telephony:checklist", slug)
    goes_on = "all" in request.POST
    context = {"line": line, "next": _next(line) if goes_on else None, "goes_on": goes_on}
    return render(request, "telephony/_check_answer.html", context)


def _next(line: Line) -> Line | None:
    """The line to test after this one; none while it waits, after the last, and when nothing else can work."""
    kinds = list(Kind)
    is_hopeless = line.kind == Kind.CREDENTIALS and line.check is not None and line.check.state == State.FAILED
    if line.is_waiting or is_hopeless or line.kind == kinds[-1]:
        return None
    return Line(kinds[kinds.index(line.kind) + 1], is_next=True)


@requires(Permission.MANAGE_NUMBERS)
@require_POST
@asks_carrier
def calls_take(request: TenantRequest, slug: str) -> HttpResponse:
    """Have calls to the tenant's numbers come in here, and test whether they do."""
    with tenant_scope(request.tenant.id):
        account = find_account()
    if account is None:
        return redirect("telephony:account_edit", slug)
    at = clock.now()
    try:
        take_calls(account=account, actor=request.user, at=at)
    except CarrierError as error:
        messages.error(request, explain(error))
    else:
        check_line(account=account, kind=Kind.INBOUND, at=at)
    return redirect("telephony:checklist", slug)
