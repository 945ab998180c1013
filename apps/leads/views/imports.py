"""Pages of a file's way into a list: upload, columns, progress, result."""

from collections.abc import Sequence
from zoneinfo import available_timezones

from django.contrib import messages
from django.db import transaction
from django.http import FileResponse, Http404, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from apps.accounts.http import TenantRequest, requires
from apps.accounts.permissions import Permission
from apps.core import clock
from apps.core.errors import AppError
from apps.core.forms import show_error
from apps.leads import selectors
from apps.leads.domain.mapping import ColumnMapping, MappingError
from apps.leads.domain.refusals import RowReject
from apps.leads.domain.rows import LeadRow, RowParser
from apps.leads.domain.values import DateOrder
from apps.leads.import_forms import NEW_LIST, ColumnsForm, OptionsForm, UploadForm
from apps.leads.importing.files import Preview
from apps.leads.models import LeadImport, LeadList
from apps.leads.reject_texts import reject_rows
from apps.leads.services.imports import choose_sheet, preview_import, start_import, upload_file
from apps.leads.services.lists import create_list
from apps.leads.views.lists import list_crumbs

VIEW, MANAGE = Permission.VIEW_LEADS, Permission.MANAGE_LEADS


@require_http_methods(["GET", "POST"])
@requires(MANAGE)
def import_create(request: TenantRequest, slug: str) -> HttpResponse:
    """Choose a file and the list that takes it."""
    form = UploadForm(request.POST or None, request.FILES or None, initial={"lead_list": request.GET.get("list")})
    if request.method == "POST" and form.is_valid():
        try:
            lead_import = _keep(request, form)
        except AppError as error:
            show_error(form, error)
        else:
            return redirect("leads:import_map", slug, lead_import.id)
    return render(request, "leads/import_create.html", {"form": form, "crumbs": list_crumbs(slug)})


@transaction.atomic
def _keep(request: TenantRequest, form: UploadForm) -> LeadImport:
    """Keep the file, in a new list when none was chosen; both or neither."""
    at = clock.now()
    if form.cleaned_data["lead_list"] == NEW_LIST:
        lead_list = create_list(name=form.new_list_name(), created_by=request.user, at=at)
    else:
        lead_list = LeadList.objects.get(id=form.cleaned_data["lead_list"])
    return upload_file(lead_list=lead_list, upload=form.cleaned_data["file"], uploaded_by=request.user, at=at)


@require_http_methods(["GET", "POST"])
@requires(MANAGE)
def import_map(request: TenantRequest, slug: str, import_id: int) -> HttpResponse:
    """What each column means, with the first rows as they would be taken in; from here the import is started."""
    lead_import = _get(import_id)
    if lead_import.state != LeadImport.State.UPLOADED:
        return redirect("leads:import_detail", slug, import_id)
    if "sheet" in request.POST:
        return _change_sheet(request, slug, lead_import)
    preview = preview_import(lead_import)
    initial = {"region": request.tenant.home_region, "date_order": preview.mapping.date_order.value}
    options = OptionsForm(request.POST or None, countries=request.tenant.countries, initial=initial)
    columns = ColumnsForm(request.POST or None, mapping=preview.mapping)
    mapping = preview.mapping
    if request.method == "POST" and columns.is_valid() and options.is_valid():
        mapping = columns.mapping(DateOrder(options.cleaned_data["date_order"]))
        if columns.check(mapping) and "start" in request.POST:
            try:
                start_import(
                    import_id=import_id,
                    mapping=mapping,
                    options=options.options(),
                    started_by=request.user,
                    at=clock.now(),
                )
            except AppError as error:
                show_error(columns, error)
            else:
                return redirect("leads:import_detail", slug, import_id)
    region = str(options["region"].value() or request.tenant.home_region)
    context = {
        "lead_import": lead_import,
        "preview": preview,
        "sheet": lead_import.mapping["format"]["sheet"],
        "options": options,
        "columns": columns,
        "column_rows": columns.rows(preview.rows),
        "verdicts": _verdicts(mapping, preview, region),
        "same_file": selectors.find_same_file(lead_import),
        "crumbs": list_crumbs(slug, lead_import.lead_list),
    }
    return render(request, "leads/import_map.html", context)


def _change_sheet(request: TenantRequest, slug: str, lead_import: LeadImport) -> HttpResponse:
    try:
        choose_sheet(import_id=lead_import.id, sheet=request.POST["sheet"])
    except AppError as error:
        messages.error(request, error.message)
    return redirect("leads:import_map", slug, lead_import.id)


def _verdicts(mapping: ColumnMapping, preview: Preview, region: str) -> Sequence[LeadRow | RowReject]:
    """What would become of the first rows; nothing while the columns do not fit."""
    try:
        mapping.check()
    except MappingError:
        return []
    parser = RowParser(mapping, region=region, at=clock.now(), zones=available_timezones())
    first = 2 if preview.format.has_header else 1
    return [parser.parse(number, cells) for number, cells in enumerate(preview.rows, start=first)]


@require_GET
@requires(VIEW)
def import_detail(request: TenantRequest, slug: str, import_id: int) -> HttpResponse:
    """How far an import is, then what came of it. A fragment for the live page."""
    lead_import = _get(import_id)
    if lead_import.state == LeadImport.State.UPLOADED:
        return redirect("leads:import_map", slug, import_id)
    context = {
        "lead_import": lead_import,
        "live": selectors.import_state(import_id),
        "rejects": reject_rows(lead_import.reject_counts),
        "crumbs": list_crumbs(slug, lead_import.lead_list),
    }
    is_fragment = bool(request.headers.get("HX-Request"))
    return render(request, "leads/_import.html" if is_fragment else "leads/import_detail.html", context)


@require_GET
@requires(VIEW)
def import_live(request: TenantRequest, slug: str, import_id: int) -> JsonResponse:
    """The values of the import's stream, for (re)connecting pages."""
    return JsonResponse(selectors.import_state(_get(import_id).id))


@require_GET
@requires(MANAGE)
def import_rejects(request: TenantRequest, slug: str, import_id: int) -> FileResponse:
    """The rows that were not taken in, with column, value, reason and fix, as CSV."""
    lead_import = _get(import_id)
    if not lead_import.rejects:
        raise Http404
    name = _("rejected rows of %(file)s.csv") % {"file": lead_import.file_name.rpartition(".")[0]}
    return FileResponse(lead_import.rejects.open("rb"), as_attachment=True, filename=name, content_type="text/csv")


def _get(import_id: int) -> LeadImport:
    return get_object_or_404(LeadImport.objects.select_related("lead_list"), id=import_id)
