"""Two versions of a script side by side."""

from dataclasses import replace

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from apps.accounts.http import TenantRequest, requires
from apps.accounts.permissions import Permission
from apps.compliance.rulebook.names import jurisdiction_names
from apps.scripts.domain.compare import Asked, Change, Content, compare
from apps.scripts.domain.questions import read_questions
from apps.scripts.forms import branches_of
from apps.scripts.models import Script, ScriptVersion
from apps.scripts.selectors import list_versions, wording_of
from apps.scripts.views.scripts import crumbs


@require_GET
@requires(Permission.VIEW_SCRIPTS)
def script_compare(request: TenantRequest, slug: str, script_id: int) -> HttpResponse:
    """What changed from version ?old= to ?new=; without them the newest one and the one in use before it."""
    script = get_object_or_404(Script.objects, id=script_id)
    versions = list(list_versions(script))
    new = _find(versions, request.GET.get("new", "")) or versions[0]
    old = _find(versions, request.GET.get("old", "")) or _before(versions, new)
    items = compare(_content(old), _content(new))
    context = {
        "script": script,
        "versions": versions,
        "old": old,
        "new": new,
        "items": [item for item in items if item.change is not Change.SAME],
        "same_count": sum(item.change is Change.SAME for item in items),
        "places": jurisdiction_names(),
        "crumbs": [*crumbs(slug), (script.name, reverse("scripts:script_detail", args=[slug, script.id]))],
    }
    return render(request, "scripts/script_compare.html", context)


def _find(versions: list[ScriptVersion], number: str) -> ScriptVersion | None:
    return next((version for version in versions if str(version.number) == number), None)


def _before(versions: list[ScriptVersion], new: ScriptVersion) -> ScriptVersion:
    """The newest approved version before one, else simply the one before; the version itself when it is the first."""
    earlier = [version for version in versions if version.number < new.number]
    approved = [version for version in earlier if version.state == ScriptVersion.State.APPROVED]
    return next(iter([*approved, *earlier, new]))


def _content(version: ScriptVersion) -> Content:
    questions = read_questions(version.questions)
    wording = replace(wording_of(version), kind=version.get_kind_display())
    return Content(wording, tuple(Asked(item, _ways(branches_of(item, questions))) for item in questions))


def _ways(branches: list[tuple[str, str]]) -> tuple[str, ...]:
    return tuple(f"{answer or _('Otherwise')} → {target}" for answer, target in branches)
