"""The gate's answers in plain words, for people who have to act on them."""

from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.compliance.domain.codes import Reason
from apps.compliance.models import Decision

REASON_TEXTS: dict[str, Promise] = {
    Reason.ABANDONMENT: gettext_lazy("the campaign is above its abandonment limit"),
    Reason.ATTEMPT_CAP: gettext_lazy("called as often as the law allows for now"),
    Reason.CALLING_TIME: gettext_lazy("outside calling hours where the person is"),
    Reason.CONSENT_AUTODIAL: gettext_lazy("no consent to automatic dialling of this line"),
    Reason.CONSENT_OPTIN: gettext_lazy("the country needs consent first"),
    Reason.CONSENT_PRERECORDED: gettext_lazy("no consent to recorded messages"),
    Reason.CONSENT_REVOKED: gettext_lazy("consent was withdrawn"),
    Reason.CONSENT_STATE: gettext_lazy("the state needs written consent for sales calls"),
    Reason.DNC_ENTITY: gettext_lazy("asked you not to call again"),
    Reason.DNC_NATIONAL: gettext_lazy("on the national do-not-call register, or your copy of it is missing or too old"),
    Reason.DNC_STATE: gettext_lazy("on the state's do-not-call register, or your copy of it is missing or too old"),
    Reason.JURISDICTION: gettext_lazy("a country or state that you do not call"),
    Reason.MOBILE_BAN: gettext_lazy("the state bans sales calls to mobiles"),
    Reason.NUMBER: gettext_lazy("not a number that can be dialled"),
}


def reason_text(code: str) -> str:
    """A reason code as a clause; an unknown code is shown as it is."""
    return str(REASON_TEXTS.get(code, code))


def explain(decision: Decision) -> str:
    """One sentence: allowed or refused, at what local time, why, and when it may be tried again."""
    local = local_times(decision.decided_at, decision.zones)
    if decision.is_allowed:
        return _("Allowed at %(local)s") % {"local": local} if local else _("Allowed")
    reasons = "; ".join(reason_text(code) for code in decision.reasons)
    if decision.next_allowed_at is None:
        return _("Refused: %(reasons)s") % {"reasons": reasons}
    again = local_times(decision.next_allowed_at, decision.zones, style="D H:i")
    return _("Refused: %(reasons)s; may be called from %(again)s") % {"reasons": reasons, "again": again}


def local_times(at: datetime, zones: list[str], style: str = "H:i") -> str:
    """The clock in each zone, for example "13:02 New York / 12:02 Chicago"; zones that agree are one."""
    readings: dict[str, str] = {}
    for zone in zones:
        readings.setdefault(
            date_format(at.astimezone(ZoneInfo(zone)), style), zone.rsplit("/", 1)[-1].replace("_", " ")
        )
    return " / ".join(f"{reading} {city}" for reading, city in readings.items())
