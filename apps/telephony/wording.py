"""What the carrier refuses, in words for the person who can put it right."""

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.telephony.errors import Blame, CarrierError, Fate

_ADVICE: dict[Blame, Promise] = {
    Blame.ACCOUNT: gettext_lazy("Copy the account SID and the auth token once more from the carrier's console."),
    Blame.PERMISSION: gettext_lazy("Open the country under the carrier's geographic permissions."),
    Blame.RATE: gettext_lazy("The carrier asks to go slower: try again in a minute."),
    Blame.GONE: gettext_lazy("The carrier does not know it any more."),
    Blame.NUMBER: gettext_lazy("Check the number."),
    Blame.CALLER_ID: gettext_lazy("Check that the account owns the number or has verified it."),
}


def explain(error: CarrierError) -> str:
    """One or two sentences: what the carrier said, and what to do about it."""
    if error.blame == Blame.NETWORK:
        if error.fate == Fate.NOT_DONE:
            return _("The carrier could not be reached, so nothing was done. Try again.")
        return _("The carrier gave no clear answer. Look in its console whether it was done, then try again.")
    said = _("The carrier refused: %(message)s (%(code)s).") % {
        "message": error.message.rstrip("."),
        "code": error.code,
    }
    return f"{said} {_ADVICE[error.blame]}" if error.blame in _ADVICE else said
