"""E-mails from the desk, to the person on the screen."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.mail.domain.permission import Refusal
from apps.mail.domain.words import fill_body, fill_subject, footer
from apps.mail.models import Email, MailTemplate
from apps.mail.selectors import list_emails, list_templates
from apps.mail.services.writing import refusal_to_write
from apps.mail.wording import refusal_text
from apps.softphone.calendar import find_lead_on_screen
from apps.softphone.contact import script_variables
from apps.softphone.services import get_session

SHOWN = 10


def desk_mail(user: User) -> dict[str, Any]:
    """What can be sent to the person on the screen, as it would read; `refusal` says why nothing can, or is empty.

    A missing address is no refusal: the agent may ask for it. Raises NoSessionError, NoCallError.
    """
    row = find_lead_on_screen(get_session(user))
    lead, tenant = row.lead, row.campaign.tenant
    values = script_variables(lead, user, row.campaign)
    refusal = refusal_to_write(tenant=tenant, lead=lead, campaign_id=row.campaign_id, address=lead.email)
    end = footer(
        sender=tenant.mail_sender,
        postal_address=tenant.postal_address,
        stop_url=_("(a link)"),
    )
    return {
        "campaign_lead": row.id,
        "address": lead.email,
        "refusal": refusal_text(refusal) if refusal and refusal is not Refusal.NO_ADDRESS else "",
        "templates": [_template(item, values) for item in list_templates(is_active=True)],
        "footer": end,
        "sent": [_sent(item) for item in list_emails(lead.id)[:SHOWN]],
    }


def _template(item: MailTemplate, values: Mapping[str, str]) -> dict[str, Any]:
    return {
        "id": item.id,
        "name": item.name,
        "kind": item.get_kind_display(),
        "subject": fill_subject(item.subject, values),
        "body": fill_body(item.body, values),
    }


def _sent(item: Email) -> dict[str, Any]:
    return {
        "at": (item.sent_at or item.queued_at).isoformat(),
        "subject": item.subject,
        "address": item.address,
        "state": item.state,
        "state_label": item.get_state_display(),
        "reason": item.reason,
    }
