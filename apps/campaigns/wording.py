"""Why a lead in a campaign's queue is not being called, in plain words."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from apps.compliance.wording import REASON_TEXTS

QUEUE_TEXTS: dict[str, Promise] = {
    "": _("waiting"),
    "waiting": _("waiting"),
    "retry": _("called before, waiting for the next try"),
    "abandoned_rest": _("resting for 72 hours after an abandoned call"),
    "callback": _("call-back agreed for later"),
    "callback_canceled": _("its call-back was cancelled, resting for a day"),
    "callback_personal": _("call-back promised by an agent"),
    "awaiting_disposition": _("talked to, without a disposition yet"),
    "live_elsewhere": _("somebody of you is on the phone with this number"),
    "refused": _("refused by the carrier, tried again in an hour"),
    "bad_number": _("the number does not exist"),
    "fax": _("a fax answered"),
    "quota_full": _("enough people of this kind have been interviewed"),
    "attempts_used": _("all attempts are used"),
    "plan_finished": _("the retry plan is finished"),
}


def queue_reason_text(code: str, labels: Mapping[str, str] | None = None) -> str:
    """A queue row's reason as a clause; a disposition by its name in `labels` (by code), which agents know it by."""
    return str(QUEUE_TEXTS.get(code) or REASON_TEXTS.get(code) or (labels or {}).get(code) or code)
