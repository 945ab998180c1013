"""E-mails from the desk: what could be sent, sending it, and sending no more."""

from datetime import datetime
from typing import Any

from django.http import HttpResponse, JsonResponse
from django.views.decorators.http import require_GET

from apps.accounts.http import TenantRequest, requires
from apps.accounts.permissions import Permission
from apps.campaigns.models import CampaignLead
from apps.core.errors import ConflictError, InvalidError
from apps.mail.models import MailStop, MailTemplate
from apps.mail.services.stopping import stop_mail
from apps.mail.services.writing import Letter, write_email
from apps.softphone.calendar import find_lead_on_screen
from apps.softphone.contact import script_variables
from apps.softphone.forms import read_id
from apps.softphone.mail import desk_mail
from apps.softphone.services import NoCallError, get_session
from apps.softphone.views import desk_action


@require_GET
@requires(Permission.TAKE_CALLS)
def mail(request: TenantRequest, slug: str) -> HttpResponse:
    """Templates filled in for the person on the screen, their address, and what they got before."""
    try:
        return JsonResponse(desk_mail(request.user))
    except ConflictError as error:
        return JsonResponse({"error": {"code": error.code, "message": error.message, "field": ""}}, status=409)


@desk_action
def mail_send(request: TenantRequest, data: dict[str, Any], at: datetime) -> None:
    """Send a template to the person on the screen."""
    row = _row(request, data)
    template = MailTemplate.objects.filter(id=read_id(data, "template"), is_active=True).first()
    if template is None:
        raise InvalidError("Choose one of the templates.", field="template")
    letter = Letter(
        lead=row.lead,
        template=template,
        campaign_id=row.campaign_id,
        values=script_variables(row.lead, request.user, row.campaign),
        new_address=str(data.get("address", ""))[:254],
    )
    write_email(letter=letter, sender=request.user, at=at)


@desk_action
def mail_stop(request: TenantRequest, data: dict[str, Any], at: datetime) -> None:
    """The person on the screen wants no more e-mails."""
    row = _row(request, data)
    stop_mail(address=row.lead.email, source=MailStop.Source.AGENT, by=request.user, at=at)


def _row(request: TenantRequest, data: dict[str, Any]) -> CampaignLead:
    row = find_lead_on_screen(get_session(request.user))
    if row.id != read_id(data, "campaign_lead"):
        raise NoCallError("The desk shows another person by now.")
    return row
