"""Writing an e-mail to a lead: it is put into the queue in the caller's transaction, and sent after it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from apps.accounts.models import User
from apps.core.errors import ConflictError, InvalidError
from apps.core.jobs import enqueue
from apps.leads.models import Lead
from apps.leads.services.editing import give_email
from apps.mail.domain.permission import Refusal, find_refusal
from apps.mail.domain.words import fill_body, fill_subject
from apps.mail.models import Email, MailTemplate
from apps.mail.selectors import mail_facts
from apps.mail.wording import refusal_text
from apps.tenants.models import Tenant

# The same template does not go to the same person again within this: a click too many, or a lost answer.
REPEAT = timedelta(minutes=10)


class MailRefusedError(ConflictError):
    """No e-mail may be sent to this person; `code` is one of Refusal."""


class JustWrittenError(ConflictError):
    """The same e-mail has been written a moment ago."""

    code = "just_written"


@dataclass(frozen=True, slots=True)
class Letter:
    """An e-mail that somebody wants to send; `values` fill the template's variables."""

    lead: Lead
    template: MailTemplate
    campaign_id: int
    values: Mapping[str, str]
    # Typed by the agent, for a lead that has no address yet.
    new_address: str = ""


def refusal_to_write(*, tenant: Tenant, lead: Lead, campaign_id: int, address: str) -> Refusal | None:
    """Why nothing may be written to a lead (with its place) at `address`, None when it may."""
    return find_refusal(mail_facts(tenant=tenant, lead=lead, campaign_id=campaign_id, address=address))


def write_email(*, letter: Letter, sender: User, at: datetime) -> Email:
    """Put an e-mail into the queue; a new address is kept on the lead.

    Raises MailRefusedError, JustWrittenError, and InvalidError for an address that is wrong or not the lead's.
    """
    lead = Lead.objects.select_for_update(of=("self",)).select_related("place", "tenant").get(id=letter.lead.id)
    given = letter.new_address.strip()
    if given and lead.email and given.lower() != lead.email.lower():
        raise InvalidError("This lead has an e-mail address; a manager can correct it.", field="address")
    if given and not lead.email:
        give_email(lead=lead, email=given, changed_by=sender, at=at)
    refusal = refusal_to_write(tenant=lead.tenant, lead=lead, campaign_id=letter.campaign_id, address=lead.email)
    if refusal:
        raise MailRefusedError(refusal_text(refusal), code=refusal.value)
    earlier = Email.objects.filter(lead=lead, template=letter.template, queued_at__gt=at - REPEAT)
    if earlier.exclude(state=Email.State.FAILED).exists():
        raise JustWrittenError("This e-mail has just been sent to this person.")
    values = {**letter.values, "email": lead.email}
    email = Email.objects.create(
        lead=lead,
        template=letter.template,
        sender=sender,
        campaign_id=letter.campaign_id,
        address=lead.email,
        subject=fill_subject(letter.template.subject, values),
        body=fill_body(letter.template.body, values),
        queued_at=at,
        next_try_at=at,
    )
    enqueue("mail.send_email", tenant_id=lead.tenant_id, email_id=str(email.id))
    return email
