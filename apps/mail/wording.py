"""Why no e-mail can be sent, for the agent at the desk."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from apps.mail.domain.permission import Refusal

REFUSAL_TEXTS: dict[Refusal, Promise] = {
    Refusal.OFF: _("E-mail is off: this installation has no mail server. Your administrator can set one up."),
    Refusal.NO_POSTAL_ADDRESS: _("E-mail is off: the organisation's postal address is missing in its settings."),
    Refusal.NO_ADDRESS: _("There is no e-mail address."),
    Refusal.STOPPED: _("This address has asked for no more e-mails."),
    Refusal.DO_NOT_CALL: _("This person has asked you not to contact them."),
    Refusal.CONSENT_REVOKED: _("This person has taken their consent back."),
    Refusal.NEEDS_CONSENT: _("Where this person may be, an e-mail needs their consent first, and there is none."),
}


def refusal_text(refusal: Refusal) -> str:
    """A refusal in a sentence."""
    return str(REFUSAL_TEXTS[refusal])
