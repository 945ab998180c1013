"""Pages of scripts: list, one script with its versions, and the editor."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.http import TenantRequest, requires
from apps.accounts.permissions import Permission
from apps.core import clock
from apps.core.errors import AppError
from apps.core.forms import show_error
from apps.scripts import services
from apps.scripts.domain.text import SAMPLE, VARIABLES
from apps.scripts.domain.text import render as fill
from apps.scripts.forms import QuestionFormSet, Questions, ScriptForm, chosen_questions, initial_questions
from apps.scripts.models import Script, ScriptVersion
from apps.scripts.selectors import get_latest_version, list_scripts, list_versions

SCRIPTS = Permission.MANAGE_SCRIPTS


@require_GET
@requires(SCRIPTS)
def script_list(request: TenantRequest, slug: str) -> HttpResponse:
    """Scripts in use, or the archived ones with ?archived=1."""
    is_archived = request.GET.get("archived") == "1"
    context = {
        "scripts": list_scripts(is_archived=is_archived),
        "tabs": _tabs(slug, is_archived=is_archived),
        "is_archived": is_archived,
    }
    return render(request, "scripts/script_list.html", context)


def _tabs(slug: str, *, is_archived: bool) -> list[dict[str, object]]:
    url = reverse("scripts:script_list", args=[slug])
    return [
        {"label": _("In use"), "url": url, "is_current": not is_archived},
        {"label": _("Archived"), "url": f"{url}?archived=1", "is_current": is_archived},
    ]


@require_GET
@requires(SCRIPTS)
def script_detail(request: TenantRequest, slug: str, script_id: int) -> HttpResponse:
    """One version of a script, the newest without ?version=, as an agent sees it with a made-up lead."""
    script = get_object_or_404(Script.objects, id=script_id)
    versions = list_versions(script)
    asked = request.GET.get("version", "")
    version = get_object_or_404(versions, number=int(asked)) if asked.isdecimal() else versions[0]
    context = {
        "script": script,
        "script_in_list": [script],
        "version": version,
        "versions": versions,
        "preview": fill(version.text, SAMPLE),
        "crumbs": _crumbs(slug),
    }
    return render(request, "scripts/script_detail.html", context)


@require_http_methods(["GET", "POST"])
@requires(SCRIPTS)
def script_create(request: TenantRequest, slug: str) -> HttpResponse:
    """The editor, empty."""
    form = ScriptForm(request.POST or None)
    formset = Questions(_posted(request), prefix="questions")
    if _is_to_save(request) and form.is_valid() and formset.is_valid():
        try:
            version = services.create_script(
                name=form.cleaned_data["name"],
                text=form.cleaned_data["text"],
                questions=chosen_questions(formset),
                created_by=request.user,
                at=clock.now(),
            )
        except AppError as error:
            show_error(form, error)
        else:
            messages.success(request, _("The script is saved as version 1."))
            return redirect("scripts:script_detail", slug, version.script_id)
    return _editor(request, slug, form, formset, version=None)


@require_http_methods(["GET", "POST"])
@requires(SCRIPTS)
def script_edit(request: TenantRequest, slug: str, script_id: int) -> HttpResponse:
    """The editor with the newest version; saving makes the next one."""
    script = get_object_or_404(Script.objects, id=script_id)
    latest = get_latest_version(script)
    form = ScriptForm(request.POST or None, initial={"name": script.name, "text": latest.text})
    formset = Questions(_posted(request), prefix="questions", initial=initial_questions(latest))
    if _is_to_save(request) and form.is_valid() and formset.is_valid():
        try:
            saved = services.change_script(
                script_id=script.id,
                name=form.cleaned_data["name"],
                text=form.cleaned_data["text"],
                questions=chosen_questions(formset),
                changed_by=request.user,
                at=clock.now(),
            )
        except AppError as error:
            show_error(form, error)
        else:
            is_new = saved.id != latest.id
            text = _("Version %(number)s is saved. Campaigns keep the version they use until you change it there.")
            messages.success(request, text % {"number": saved.number} if is_new else _("The script is saved."))
            return redirect("scripts:script_detail", slug, script_id)
    return _editor(request, slug, form, formset, version=latest)


def _posted(request: HttpRequest) -> dict[str, str] | None:
    """What was posted, with room for one more question when that was asked for."""
    if request.method != "POST":
        return None
    data = request.POST.dict()
    rows = data.get("questions-TOTAL_FORMS", "")
    if "add" in data and rows.isdecimal():
        data["questions-TOTAL_FORMS"] = str(int(rows) + 1)
    return {name: str(value) for name, value in data.items()}


def _is_to_save(request: HttpRequest) -> bool:
    return request.method == "POST" and not {"add", "preview"} & request.POST.keys()


def _editor(
    request: TenantRequest, slug: str, form: ScriptForm, formset: QuestionFormSet, *, version: ScriptVersion | None
) -> HttpResponse:
    text = str(form["text"].value() or "")
    context = {
        "form": form,
        "formset": formset,
        "version": version,
        "preview": fill(text, SAMPLE),
        "variables": VARIABLES.items(),
        "crumbs": _crumbs(slug),
    }
    return render(request, "scripts/script_form.html", context)


@require_POST
@requires(SCRIPTS)
def script_archive(request: TenantRequest, slug: str, script_id: int) -> HttpResponse:
    """Take a script out of the choices."""
    script = get_object_or_404(Script.objects, id=script_id)
    services.archive_script(script_id=script.id, archived_by=request.user, at=clock.now())
    messages.success(request, _("“%(name)s” is archived.") % {"name": script.name})
    return redirect("scripts:script_list", slug)


@require_POST
@requires(SCRIPTS)
def script_restore(request: TenantRequest, slug: str, script_id: int) -> HttpResponse:
    """Bring an archived script back."""
    script = get_object_or_404(Script.objects, id=script_id)
    services.restore_script(script_id=script.id, restored_by=request.user, at=clock.now())
    messages.success(request, _("“%(name)s” can be used again.") % {"name": script.name})
    return redirect("scripts:script_detail", slug, script_id)


def _crumbs(slug: str) -> list[tuple[str, str]]:
    return [(_("Scripts"), reverse("scripts:script_list", args=[slug]))]
