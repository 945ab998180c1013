"""Pages of scripts: list, one script with its versions and their approval, and a test run."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from apps.accounts.http import TenantRequest, requires
from apps.accounts.permissions import Permission
from apps.compliance.rulebook.names import jurisdiction_names
from apps.core import clock
from apps.core.domain.numbers import read_row_number
from apps.core.errors import AppError
from apps.scripts.domain.flow import find_flow_faults
from apps.scripts.domain.picture import draw
from apps.scripts.domain.questions import read_questions
from apps.scripts.domain.text import SAMPLE
from apps.scripts.forms import DecisionForm, branches_of
from apps.scripts.models import Script, ScriptVersion
from apps.scripts.pane import script_pane
from apps.scripts.selectors import list_other_approvers, list_scripts, list_versions, list_waiting_versions
from apps.scripts.services import approval, writing


@require_GET
@requires(Permission.VIEW_SCRIPTS)
def script_list(request: TenantRequest, slug: str) -> HttpResponse:
    """Scripts in use, or the archived ones with ?archived=1."""
    is_archived = request.GET.get("archived") == "1"
    context = {
        "scripts": list_scripts(is_archived=is_archived),
        "waiting": list_waiting_versions(),
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
@requires(Permission.VIEW_SCRIPTS)
def script_detail(request: TenantRequest, slug: str, script_id: int) -> HttpResponse:
    """One version of a script, the newest without ?version=, as an agent sees it with a made-up lead."""
    script = get_object_or_404(Script.objects, id=script_id)
    versions = list_versions(script)
    version = _asked_version(request, script)
    questions = read_questions(version.questions)
    context = {
        "script": script,
        "script_in_list": [script],
        "version": version,
        "versions": versions,
        "pane": script_pane(version, SAMPLE, jurisdictions=[item["jurisdiction"] for item in version.disclosures]),
        "outline": [(question, branches_of(question, questions)) for question in questions],
        "picture": draw(questions),
        "faults": find_flow_faults(questions),
        "is_own": approval.is_own_version(version, request.user),
        "others": list_other_approvers(version),
        "places": jurisdiction_names(),
        "crumbs": crumbs(slug),
    }
    return render(request, "scripts/script_detail.html", context)


def _asked_version(request: TenantRequest, script: Script) -> ScriptVersion:
    versions = list_versions(script)
    asked = read_row_number(request.GET.get("version", ""))
    found = versions.filter(number=asked) if asked else versions
    return get_object_or_404(found.order_by("-number")[:1])


@require_GET
@requires(Permission.VIEW_SCRIPTS)
def script_run(request: TenantRequest, slug: str, script_id: int) -> HttpResponse:
    """A version as at the desk, with a made-up lead in the place asked for by ?place=. Nothing is kept."""
    script = get_object_or_404(Script.objects, id=script_id)
    version = _asked_version(request, script)
    names = jurisdiction_names()
    places = {item["jurisdiction"]: names.get(item["jurisdiction"], "") for item in version.disclosures}
    place = request.GET.get("place", next(iter(places), ""))
    context = {
        "script": script,
        "version": version,
        "pane": script_pane(version, SAMPLE, jurisdictions=[place, place.partition("-")[0]]),
        "place": place,
        "places": places,
        "crumbs": [*crumbs(slug), (script.name, reverse("scripts:script_detail", args=[slug, script.id]))],
    }
    return render(request, "scripts/script_run.html", context)


@require_POST
@requires(Permission.MANAGE_SCRIPTS)
def script_submit(request: TenantRequest, slug: str, script_id: int) -> HttpResponse:
    """Hand the draft in for approval."""
    script = get_object_or_404(Script.objects, id=script_id)
    try:
        version = approval.submit_version(
            version_id=list_versions(script)[0].id, submitted_by=request.user, at=clock.now()
        )
    except AppError as error:
        messages.error(request, error.message)
    else:
        text = _("Version %(number)s waits for a compliance officer or an owner.")
        messages.success(request, text % {"number": version.number})
    return redirect("scripts:script_detail", slug, script_id)


@require_POST
@requires(Permission.APPROVE_SCRIPTS)
def script_decide(request: TenantRequest, slug: str, script_id: int) -> HttpResponse:
    """Approve a version that waits, or send it back with a reason."""
    script = get_object_or_404(Script.objects, id=script_id)
    form = DecisionForm(request.POST)
    if form.is_valid():
        version = get_object_or_404(list_versions(script), number=form.cleaned_data["version"])
        try:
            _decide(request, version, form.cleaned_data["decision"], form.cleaned_data["reason"])
        except AppError as error:
            messages.error(request, error.message)
    return redirect("scripts:script_detail", slug, script_id)


def _decide(request: TenantRequest, version: ScriptVersion, decision: str, reason: str) -> None:
    at = clock.now()
    if decision == "approve":
        approval.approve_version(version_id=version.id, approved_by=request.user, at=at)
        text = _("Version %(number)s is approved. Campaigns keep the version they use until you change it there.")
    else:
        approval.return_version(version_id=version.id, reason=reason, returned_by=request.user, at=at)
        text = _("Version %(number)s is sent back.")
    messages.success(request, text % {"number": version.number})


@require_POST
@requires(Permission.MANAGE_SCRIPTS)
def script_archive(request: TenantRequest, slug: str, script_id: int) -> HttpResponse:
    """Take a script out of the choices."""
    script = get_object_or_404(Script.objects, id=script_id)
    writing.archive_script(script_id=script.id, archived_by=request.user, at=clock.now())
    messages.success(request, _("“%(name)s” is archived.") % {"name": script.name})
    return redirect("scripts:script_list", slug)


@require_POST
@requires(Permission.MANAGE_SCRIPTS)
def script_restore(request: TenantRequest, slug: str, script_id: int) -> HttpResponse:
    """Bring an archived script back."""
    script = get_object_or_404(Script.objects, id=script_id)
    writing.restore_script(script_id=script.id, restored_by=request.user, at=clock.now())
    messages.success(request, _("“%(name)s” can be used again.") % {"name": script.name})
    return redirect("scripts:script_detail", slug, script_id)


def crumbs(slug: str) -> list[tuple[str, str]]:
    """The way to the pages of a script."""
    return [(_("Scripts"), reverse("scripts:script_list", args=[slug]))]
