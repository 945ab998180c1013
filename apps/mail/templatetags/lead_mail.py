"""What the page of a lead shows of its e-mails: that page lies below this app and cannot ask for them itself."""

from typing import Any

from django import template

from apps.leads.models import Lead
from apps.mail.selectors import list_emails

register = template.Library()
SHOWN = 20


@register.inclusion_tag("mail/_lead_emails.html")
def lead_emails(lead: Lead) -> dict[str, Any]:
    """The newest e-mails to a lead, with what became of them."""
    return {"emails": list_emails(lead.id)[:SHOWN]}
