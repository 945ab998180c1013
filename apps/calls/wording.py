"""What became of a call after its agent, in plain words."""

from collections.abc import Iterator
from datetime import datetime

from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.calls.enums import KeypadChoice, TransferState
from apps.calls.models import Attempt, KeypadOffer, Transfer, VoicemailDrop
from apps.core.templatetags.ui import duration
from apps.core.templatetags.ui import phone as phone_text

_NOT_REACHED: dict[str, Promise] = {
    Transfer.Result.NO_ANSWER: gettext_lazy("%(who)s did not answer."),
    Transfer.Result.BUSY: gettext_lazy("%(who)s was busy."),
    Transfer.Result.FAILED: gettext_lazy("%(who)s could not be reached."),
    Transfer.Result.CANCELED: gettext_lazy("The call to %(who)s was called off."),
}
_TALKED: dict[str, Promise] = {
    Transfer.Way.WARM: gettext_lazy("%(who)s was asked for %(time)s and did not take over."),
    Transfer.Way.THIRD_PARTY: gettext_lazy("%(who)s took part for %(time)s."),
}


def handed_on_texts(attempt: Attempt) -> list[str]:
    """A sentence for what came after a call: each transfer, a message, each time that the person rang back."""
    return list(_texts(attempt))


def _texts(attempt: Attempt) -> Iterator[str]:
    for transfer in attempt.transfers.all():
        yield _transfer_text(transfer)
    drop = getattr(attempt, "voicemail", None)
    if isinstance(drop, VoicemailDrop):
        yield _("The message was left on the machine.") if drop.played_at else _("The message was not left.")
    for call in attempt.inbound_calls.all():
        rang = _("The person rang back on %(when)s.") % {"when": _minute(call.received_at)}
        yield f"{rang} {offer_text(call)}" if call.choice else rang


def _transfer_text(transfer: Transfer) -> str:
    who = f"{transfer.name} ({phone_text(transfer.phone)})"
    is_handed_over = transfer.handed_over_at is not None and transfer.returned_at is None
    if transfer.state != TransferState.ENDED or transfer.ended_at is None:
        return _("Handed over to %(who)s.") % {"who": who} if is_handed_over else _("%(who)s is called.") % {"who": who}
    if transfer.result == Transfer.Result.COMPLETED:
        talked = transfer.ended_at - (transfer.answered_at or transfer.ended_at)
        values = {"who": who, "time": duration(round(talked.total_seconds()))}
        if is_handed_over:
            return _("Handed over to %(who)s, on the line for %(time)s.") % values
        return str(_TALKED.get(transfer.way, _TALKED[Transfer.Way.THIRD_PARTY])) % values
    text = str(_NOT_REACHED[transfer.result]) % {"who": who}
    if transfer.offered_at is not None:
        text += " " + offer_text(transfer)
    elif transfer.returned_at is not None:
        text += " " + _("The person was brought back.")
    return text


def offer_text(offer: KeypadOffer) -> str:
    """What a person chose by keypad; empty when nothing was offered."""
    if offer.offered_at is None:
        return ""
    if offer.choice == KeypadChoice.NEVER:
        return _("The person asked by keypad never to be called again.")
    if offer.choice != KeypadChoice.CALLBACK:
        return _("The person was offered a call-back by keypad.")
    if offer.callback_at is None:
        return _("The person asked by keypad to be called back, which is not permitted.")
    due = _minute(offer.callback_at)
    return _("The person asked by keypad to be called back: promised for %(due)s.") % {"due": due}


def _minute(at: datetime) -> str:
    return date_format(localtime(at), "D j M, H:i")
