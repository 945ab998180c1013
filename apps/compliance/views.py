"""Pages of the do-not-call list, the registers, and what is known of a number."""

from io import TextIOWrapper

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.http import TenantRequest, requires
from apps.accounts.permissions import Permission
from apps.compliance import selectors
from apps.compliance.forms import (
    ConsentForm,
    DncAddForm,
    DncRemoveForm,
    PhoneSearchForm,
    RegisterForm,
    register_name,
)
from apps.compliance.models import Consent, DncEntry, Evidence
from apps.compliance.services.consents import ConsentFact, record_consent, revoke_consent
from apps.compliance.services.register_files import read_register_file
from apps.compliance.services.registers import load_register
from apps.compliance.services.suppression import add_dnc_entries, remove_dnc_entry
from apps.core import clock
from apps.core.domain.numbers import read_row_number
from apps.core.errors import AppError
from apps.core.forms import show_error
from apps.core.templatetags.ui import number

PAGE_SIZE = 50
VIEW, MANAGE = Permission.VIEW_SUPPRESSION, Permission.MANAGE_SUPPRESSION


@require_GET
@requires(VIEW)
def dnc_list(request: TenantRequest, slug: str) -> HttpResponse:
    """The active entries, newest first; with ?phone= every entry of that number."""
    form = PhoneSearchForm(request.GET if "phone" in request.GET else None, region=request.tenant.home_region)
    phone = form.cleaned_data["phone"] if form.is_valid() else ""
    entries, next_before = _page(selectors.list_dnc_entries(phone), request.GET.get("before", ""))
    context = {
        "form": form,
        "phone": phone,
        "entries": entries,
        "campaign_ids": {entry.campaign_id for entry in entries},
        "tabs": _tabs(slug, "dnc_list"),
        "next_url": f"?{_query(request.GET, before=next_before)}" if next_before else "",
        "first_url": reverse("compliance:dnc_list", args=[slug]) if request.GET.get("before") else "",
    }
    return render(request, "compliance/dnc_list.html", context)


def _page(entries: QuerySet[DncEntry], before: str) -> tuple[list[DncEntry], int | None]:
    """One page from below the id `before`, and the id to go on below."""
    if before_id := read_row_number(before):
        entries = entries.filter(id__lt=before_id)
    found = list(entries[: PAGE_SIZE + 1])
    return found[:PAGE_SIZE], found[PAGE_SIZE - 1].id if len(found) > PAGE_SIZE else None


def _query(old: QueryDict, **changes: object) -> str:
    query = old.copy()
    for name, value in changes.items():
        query[name] = str(value)
    return query.urlencode()


@require_http_methods(["GET", "POST"])
@requires(MANAGE)
def dnc_add(request: TenantRequest, slug: str) -> HttpResponse:
    """Add one or many numbers at once; lines that cannot be read stay in the box with the reason."""
    initial = {"numbers": request.GET.get("phone", ""), "campaign_id": request.GET.get("campaign", "")}
    form = DncAddForm(request.POST or None, initial=initial, region=request.tenant.home_region)
    if request.method == "POST" and form.is_valid():
        added = add_dnc_entries(
            phones=form.phones,
            campaign_id=form.cleaned_data["campaign_id"],
            source=Evidence.MANAGER,
            note=form.cleaned_data["note"],
            created_by=request.user,
            at=clock.now(),
        )
        if form.phones:
            messages.success(request, _added_text(added, len(set(form.phones))))
        if not form.unread:
            return redirect("compliance:dnc_list", slug)
        left = {**form.cleaned_data, "numbers": "\n".join(line.text for line in form.unread)}
        unread, form = form.unread, DncAddForm(initial=left)
        return render(request, "compliance/dnc_add.html", {"form": form, "unread": unread, "crumbs": _crumbs(slug)})
    return render(request, "compliance/dnc_add.html", {"form": form, "crumbs": _crumbs(slug)})


def _added_text(added: int, all_numbers: int) -> str:
    text = ngettext("%(added)s number is on the list now.", "%(added)s numbers are on the list now.", added)
    already = all_numbers - added
    if already:
        text += " " + ngettext("%(already)s was there before.", "%(already)s were there before.", already)
    return text % {"added": number(added), "already": number(already)}


@require_http_methods(["GET", "POST"])
@requires(MANAGE)
def dnc_remove(request: TenantRequest, slug: str, entry_id: int) -> HttpResponse:
    """Take an entry off the list, with the ground for it."""
    entry = get_object_or_404(DncEntry.objects, id=entry_id)
    form = DncRemoveForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            remove_dnc_entry(entry_id=entry.id, note=form.cleaned_data["note"], removed_by=request.user, at=clock.now())
        except AppError as error:
            show_error(form, error)
        else:
            messages.success(request, _("%(phone)s is off the list.") % {"phone": entry.phone})
            return redirect("compliance:dnc_list", slug)
    return render(request, "compliance/dnc_remove.html", {"form": form, "entry": entry, "crumbs": _crumbs(slug)})


@require_GET
@requires(VIEW)
def register_list(request: TenantRequest, slug: str) -> HttpResponse:
    """The copies of registers, and until when each may be used."""
    today = clock.now().date()
    copies = list(selectors.list_registers())
    registers = []
    for register in copies:
        until = selectors.register_usable_until(register.listed_on)
        name = register_name(register.jurisdiction)
        registers.append({"register": register, "name": name, "usable_until": until, "days_left": (until - today).days})
    loaded = {register.jurisdiction for register in copies}
    missing = [code for code in selectors.register_jurisdictions(request.tenant.countries) if code not in loaded]
    context = {"registers": registers, "missing": missing, "tabs": _tabs(slug, "register_list")}
    return render(request, "compliance/register_list.html", context)


@require_http_methods(["GET", "POST"])
@requires(MANAGE)
def register_load(request: TenantRequest, slug: str) -> HttpResponse:
    """Load a new copy of a register from a file."""
    form = RegisterForm(
        request.POST or None,
        request.FILES or None,
        countries=request.tenant.countries,
        initial={"jurisdiction": request.GET.get("jurisdiction", "US")},
    )
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        try:
            register = load_register(
                jurisdiction=values["jurisdiction"],
                listed_on=values["listed_on"],
                numbers=read_register_file(
                    TextIOWrapper(values["file"], encoding="utf-8-sig", errors="replace"),
                    region=values["jurisdiction"].partition("-")[0],
                ),
                is_sample=False,
                loaded_by=request.user,
                at=clock.now(),
            )
        except AppError as error:
            show_error(form, error)
        else:
            text = _("The register %(code)s is loaded: %(count)s numbers.")
            messages.success(request, text % {"code": register.jurisdiction, "count": f"{register.number_count:,}"})
            return redirect("compliance:register_list", slug)
    crumbs = [*_crumbs(slug), (_("Registers"), reverse("compliance:register_list", args=[slug]))]
    return render(request, "compliance/register_load.html", {"form": form, "crumbs": crumbs})


@require_GET
@requires(VIEW)
def number_detail(request: TenantRequest, slug: str) -> HttpResponse:
    """What is known of the number ?phone=: consents, relationships, do-not-call entries."""
    form = PhoneSearchForm(request.GET if "phone" in request.GET else None, region=request.tenant.home_region)
    phone = form.cleaned_data["phone"] if form.is_valid() else ""
    return _number(request, slug, form, phone)


def _number(
    request: TenantRequest, slug: str, form: PhoneSearchForm, phone: str, consent_form: ConsentForm | None = None
) -> HttpResponse:
    context: dict[str, object] = {"form": form, "phone": phone, "tabs": _tabs(slug, "number_detail")}
    if phone:
        context |= {
            "status": selectors.consent_status([phone])[phone],
            "consents": selectors.list_consents(phone),
            "relationships": selectors.list_relationships(phone),
            "entries": (entries := list(selectors.list_dnc_entries(phone))),
            "campaign_ids": {entry.campaign_id for entry in entries},
            "consent_form": consent_form or ConsentForm(initial={"seller": request.tenant.seller_name}),
        }
    return render(request, "compliance/number_detail.html", context)


@require_POST
@requires(MANAGE)
def consent_add(request: TenantRequest, slug: str) -> HttpResponse:
    """Keep a consent that came by another way than files and the API."""
    search = PhoneSearchForm(request.POST, region=request.tenant.home_region)
    form = ConsentForm(request.POST)
    if not search.is_valid():
        return redirect("compliance:number_detail", slug)
    phone = search.cleaned_data["phone"]
    if form.is_valid():
        values = form.cleaned_data
        fact = ConsentFact(
            phone=phone,
            kind=Consent.Kind(values["kind"]),
            source=Evidence.MANAGER,
            captured_at=values["captured_at"],
            seller=values["seller"],
            text=values["text"],
            evidence_url=values["evidence_url"],
        )
        try:
            is_new = record_consent(fact=fact, recorded_by=request.user, at=clock.now())
        except AppError as error:
            show_error(form, error)
        else:
            messages.success(request, _("The consent is recorded.") if is_new else _("It was recorded before."))
            return redirect(_number_url(slug, phone))
    return _number(request, slug, search, phone, form)


@require_POST
@requires(MANAGE)
def consent_revoke(request: TenantRequest, slug: str) -> HttpResponse:
    """Withdraw every consent of a number; it counts at once."""
    form = PhoneSearchForm(request.POST, region=request.tenant.home_region)
    if not form.is_valid():
        return redirect("compliance:number_detail", slug)
    phone = form.cleaned_data["phone"]
    revoke_consent(phone=phone, source=Evidence.MANAGER, revoked_by=request.user, at=clock.now())
    messages.success(request, _("The withdrawal is recorded and counts from now on."))
    return redirect(_number_url(slug, phone))


def _number_url(slug: str, phone: str) -> str:
    query = QueryDict(mutable=True)
    query["phone"] = phone
    return f"{reverse('compliance:number_detail', args=[slug])}?{query.urlencode()}"


def _tabs(slug: str, current: str) -> list[dict[str, object]]:
    pages = ((_("Your list"), "dnc_list"), (_("Registers"), "register_list"), (_("Consent by number"), "number_detail"))
    return [
        {"label": label, "url": reverse(f"compliance:{name}", args=[slug]), "is_current": name == current}
        for label, name in pages
    ]


def _crumbs(slug: str) -> list[tuple[str, str]]:
    return [(_("Do not call"), reverse("compliance:dnc_list", args=[slug]))]
