"""Sending: one e-mail at a time, claimed by its row, and never twice when it is not known what became of it."""

import logging
from datetime import datetime
from email.utils import formataddr, parseaddr
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMessage

from apps.core import clock
from apps.core.jobs import enqueue
from apps.leads.models import Lead
from apps.mail.domain.failures import WAITS, Failure, read_failure
from apps.mail.domain.words import footer
from apps.mail.models import Email
from apps.mail.selectors import list_due_emails
from apps.mail.services.stopping import stop_url
from apps.mail.services.writing import refusal_to_write
from apps.mail.wording import refusal_text
from apps.tenants.models import Tenant
from apps.tenants.scope import tenant_scope

logger = logging.getLogger(__name__)

# Real seconds within which a worker has sent an e-mail or knows why not; the server's silence ends sooner.
LEASE_SECONDS = 120.0
AT_ONCE = 200
LOST = "The worker ended while it was being sent: nobody knows whether it arrived."

State = Email.State


def wake_due(*, tenant_id: int, at: datetime) -> int:
    """Start the sending of what is due, and give up what a worker has left; returns how many were started."""
    with tenant_scope(tenant_id):
        left = Email.objects.filter(state=State.SENDING, lease_until__lt=at)
        left.update(state=State.FAILED, reason=LOST, lease_until=None)
        due = list(list_due_emails(at=at).values_list("id", flat=True)[:AT_ONCE])
        for email_id in due:
            enqueue("mail.send_email", tenant_id=tenant_id, email_id=str(email_id))
    return len(due)


def send_email(*, tenant_id: int, email_id: UUID, at: datetime) -> None:
    """Send an e-mail whose time has come, unless the person may not be written to any more; no transaction is open."""
    with tenant_scope(tenant_id):
        message = _claim(email_id, at)
    if message is None:
        return
    failure: Failure | None = None
    try:
        message.send()
    except Exception as error:  # noqa: BLE001 - whatever stops it, the row must say so
        failure = read_failure(error)
        logger.warning("mail.not_sent", extra={"email": str(email_id), "reason": failure.reason})
    with tenant_scope(tenant_id):
        _settle(email_id, failure, at)


def _claim(email_id: UUID, at: datetime) -> EmailMessage | None:
    """The message to send now, or None when it is not to be sent (any more)."""
    lease = at + clock.real_seconds(LEASE_SECONDS)
    due = Email.objects.filter(id=email_id, state=State.QUEUED, next_try_at__lte=at)
    if not due.update(state=State.SENDING, lease_until=lease):
        return None
    email = Email.objects.get(id=email_id)
    lead = Lead.objects.select_related("place", "tenant").get(id=email.lead_id)
    refusal = refusal_to_write(tenant=lead.tenant, lead=lead, campaign_id=email.campaign_id, address=email.address)
    if refusal:
        Email.objects.filter(id=email_id).update(state=State.FAILED, reason=refusal_text(refusal), lease_until=None)
        return None
    return compose(email, lead.tenant)


def compose(email: Email, tenant: Tenant) -> EmailMessage:
    """The message with sender, footer, and the headers of one-click unsubscribing (RFC 8058, RFC 2369)."""
    sender = tenant.mail_sender
    from_address = parseaddr(settings.DEFAULT_FROM_EMAIL)[1]
    url = stop_url(email)
    end = footer(sender=sender, postal_address=tenant.postal_address, stop_url=url)
    return EmailMessage(
        subject=email.subject,
        body=f"{email.body}\n\n{end}\n",
        from_email=formataddr((sender, from_address)),
        to=[email.address],
        reply_to=[tenant.mail_reply_to] if tenant.mail_reply_to else None,
        headers={
            # The same for every try, so that a second copy can be told.
            "Message-ID": f"<{email.id}@{from_address.partition('@')[2]}>",
            "List-Unsubscribe": f"<{url}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        },
    )


def _settle(email_id: UUID, failure: Failure | None, at: datetime) -> None:
    email = Email.objects.select_for_update(of=("self",)).get(id=email_id)
    email.try_count += 1
    email.lease_until = None
    if failure is None:
        email.state, email.sent_at, email.reason = State.SENT, at, ""
    elif failure.is_temporary and email.try_count <= len(WAITS):
        wait = clock.real_seconds(WAITS[email.try_count - 1].total_seconds())
        email.state, email.next_try_at, email.reason = State.QUEUED, at + wait, failure.reason[:300]
    else:
        email.state, email.reason = State.FAILED, failure.reason[:300]
    email.save(update_fields=["state", "try_count", "lease_until", "sent_at", "reason", "next_try_at"])
