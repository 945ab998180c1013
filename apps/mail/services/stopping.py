"""No more e-mails to an address: by the link in an e-mail, by word to an agent, or entered by a manager."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.signing import BadSignature, Signer
from django.core.validators import validate_email
from django.urls import reverse

from apps.accounts.models import User
from apps.audit.actions import Action
from apps.audit.services import record
from apps.core.errors import InvalidError
from apps.mail.models import Email, MailStop

# An address that stands for a name can be longer than what is kept of it.
NAME_LENGTH = 120
_signer = Signer(salt="mail.stop", sep=".")


@dataclass(frozen=True, slots=True)
class StopToken:
    """What the link in an e-mail proves: that its reader got this e-mail of this tenant."""

    tenant_id: int
    email_id: UUID


def stop_url(email: Email) -> str:
    """The public address that ends e-mails to whoever got this one. It never expires."""
    token = _signer.sign(f"{email.tenant_id}-{email.id.hex}")
    return f"{settings.PUBLIC_BASE_URL}{reverse('mail_stop:stop', args=[token])}"


def read_token(token: str) -> StopToken | None:
    """What a token proves, None for one that we did not sign."""
    try:
        tenant_id, _, email_id = _signer.unsign(token).partition("-")
    except BadSignature:
        return None
    return StopToken(int(tenant_id), UUID(email_id))


def stop_mail(*, address: str, source: MailStop.Source, by: User | None, at: datetime) -> MailStop:
    """Send no more e-mails to an address, from now on; one that is stopped already keeps its first entry.

    E-mails that wait are not sent: that is looked at again when they leave. Raises InvalidError for no address.
    """
    address = address.strip().lower()
    try:
        validate_email(address)
    except ValidationError as error:
        raise InvalidError("This is not an e-mail address.", field="address") from error
    stop, is_new = MailStop.objects.get_or_create(
        address=address, defaults={"source": source, "created_by": str(by or "")[:NAME_LENGTH], "created_at": at}
    )
    if is_new:
        data = {"email": address, "source": source}
        label = "" if by else "recipient"
        record(Action.MAIL_STOPPED, at=at, target=f"mail_stop:{stop.id}", actor=by, actor_label=label, data=data)
    return stop
