"""Reads of templates, e-mails and stopped addresses, and what is known about writing to a lead."""

from datetime import datetime

from django.conf import settings
from django.db.models import Q, QuerySet

from apps.compliance.domain.codes import Consent
from apps.compliance.models import DncEntry
from apps.compliance.selectors import consent_status
from apps.leads.models import Lead
from apps.mail.domain.permission import MailFacts
from apps.mail.models import Email, MailStop, MailTemplate
from apps.tenants.models import Tenant


def list_templates(*, is_active: bool | None = None) -> QuerySet[MailTemplate]:
    """Templates, those in use first, by kind and name."""
    found = MailTemplate.objects.all() if is_active is None else MailTemplate.objects.filter(is_active=is_active)
    return found.order_by("-is_active", "-kind", "name", "id")


def list_emails(lead_id: int | None = None) -> QuerySet[Email]:
    """E-mails to a lead, or to all, the newest first."""
    found = Email.objects.all() if lead_id is None else Email.objects.filter(lead_id=lead_id)
    return found.select_related("lead", "sender", "template").order_by("-queued_at", "id")


def list_stops() -> QuerySet[MailStop]:
    """Addresses that get nothing any more, the newest first."""
    return MailStop.objects.order_by("-created_at", "-id")


def list_due_emails(*, at: datetime) -> QuerySet[Email]:
    """Those whose time to be sent has come, the longest waiting first."""
    return Email.objects.filter(state=Email.State.QUEUED, next_try_at__lte=at).order_by("next_try_at", "id")


def mail_facts(*, tenant: Tenant, lead: Lead, campaign_id: int, address: str) -> MailFacts:
    """What is known about an e-mail to `address` for a lead with its place."""
    entries = DncEntry.objects.filter(phone=lead.phone, removed_at=None)
    return MailFacts(
        is_mail_on=settings.MAIL_IS_ON,
        has_postal_address=bool(tenant.postal_address),
        has_address=bool(address),
        is_stopped=MailStop.objects.filter(address=address.lower()).exists(),
        is_on_dnc=entries.filter(Q(campaign_id=None) | Q(campaign_id=campaign_id)).exists(),
        consent=Consent(consent_status([lead.phone])[lead.phone]),
        countries=tuple(code for code in lead.place.jurisdictions if "-" not in code),
    )
