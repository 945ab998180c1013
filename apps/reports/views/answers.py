"""Pages of answers: figures of a campaign, and downloads."""

from django.db.models import Q
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from apps.accounts.http import TenantRequest, requires
from apps.accounts.permissions import Permission
from apps.audit.actions import Action
from apps.audit.services import record
from apps.core import clock
from apps.reports.answers import answers_file, question_figures
from apps.reports.views.campaigns import campaign_crumbs, campaign_or_404, campaign_tabs
from apps.scripts.models import Script


@require_GET
@requires(Permission.VIEW_CAMPAIGNS)
def campaign_answers(request: TenantRequest, slug: str, campaign_id: int) -> HttpResponse:
    """What people answered, question by question."""
    found = campaign_or_404(campaign_id)
    context = {
        "campaign": found,
        "figures": question_figures(found.id),
        "crumbs": campaign_crumbs(slug),
        "tabs": campaign_tabs(slug, found, "answers"),
    }
    return render(request, "reports/campaign_answers.html", context)


@require_GET
@requires(Permission.EXPORT_ANSWERS)
def campaign_answers_file(request: TenantRequest, slug: str, campaign_id: int) -> StreamingHttpResponse:
    """All answers of a campaign as CSV."""
    found = campaign_or_404(campaign_id)
    return _file(request, Q(campaign_id=found.id), f"campaign:{found.id}")


@require_GET
@requires(Permission.EXPORT_ANSWERS)
def script_answers_file(request: TenantRequest, slug: str, script_id: int) -> StreamingHttpResponse:
    """All answers to a script, whatever version and campaign, as CSV."""
    script = get_object_or_404(Script.objects, id=script_id)
    versions = list(script.versions.order_by("id").values_list("id", flat=True))
    return _file(request, Q(script_version_id__in=versions), f"script:{script.id}")


def _file(request: TenantRequest, wanted: Q, target: str) -> StreamingHttpResponse:
    record(Action.ANSWERS_EXPORTED, at=clock.now(), target=target, actor=request.user)
    lines = answers_file(tenant_id=request.tenant.id, wanted=wanted)
    name = f"answers-{target.replace(':', '-')}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8", headers=headers)
