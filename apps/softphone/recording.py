"""How the recording of the talk stands, for the desk: its words, and what the agent must say first."""

from typing import Any

from django.utils.translation import gettext as _

from apps.calls.enums import AttemptState, TapingState
from apps.calls.models import Attempt, Taping
from apps.campaigns.models import RecordMode
from apps.compliance.rulebook.loader import load_rulebook


def recording_sentence(attempt: Attempt) -> str:
    """What the agent says where everybody must agree."""
    tenant = attempt.tenant
    return _(
        "Before we go on: I would like to record this call, so that %(seller)s has a record of what we agree on. "
        "Is that all right with you?"
    ) % {"seller": tenant.seller}


def recording_state(attempt: Attempt) -> dict[str, Any] | None:
    """JSON values; None before the talk, and where the campaign records nothing.

    `state` is one of TapingState, or OVER once the call has ended; `is_rolling` says whether what is said now may be
    heard in the recording, `is_field_open` that the server knows of the agent being in a card field.
    """
    taping = getattr(attempt, "taping", None)
    if attempt.connected_at is None or (taping is None and attempt.campaign.recording == RecordMode.NONE):
        return None
    taping = taping or Taping(attempt=attempt, state=TapingState.OFF)
    is_over = attempt.state == AttemptState.ENDED
    is_asking = taping.state == TapingState.CONSENT and not is_over
    return {
        "state": "OVER" if is_over else taping.state,
        "text": _over(taping) if is_over else _text(taping),
        "sentence": recording_sentence(attempt) if is_asking else "",
        "sources": [load_rulebook().sources.get(rule, "") for rule in taping.demands] if is_asking else [],
        "is_rolling": taping.is_rolling and not is_over,
        "is_field_open": taping.is_field_open,
        "is_paused_by_agent": taping.is_paused_by_agent,
    }


def _over(taping: Taping) -> str:
    return _("This call was recorded.") if taping.sid else _("This call was not recorded.")


def _text(taping: Taping) -> str:
    match taping.state:
        case TapingState.OFF:
            declined = taping.declined_at is not None
            return _("Not recorded: the person did not agree.") if declined else _("This call is not recorded.")
        case TapingState.CONSENT:
            return _("Not recorded yet: ask the person first.")
        case TapingState.STARTING:
            waits = taping.is_pause_wanted and taping.asked_at is None
            return _("Recording begins when you have left the field.") if waits else _("Recording is being started…")
        case TapingState.ON:
            return _on(taping)
        case TapingState.PAUSED:
            return _paused(taping)
    return _("Not recorded: %(problem)s") % {"problem": taping.problem}


def _on(taping: Taping) -> str:
    if taping.is_pause_wanted and taping.problem:
        return _("Still recording: the carrier did not pause. Take no card number now.")
    if taping.is_pause_wanted:
        return _("Pausing…")
    if taping.agreed_at is not None:
        return _("Recording. The person has agreed.")
    return _("Recording. One party's agreement is enough where the person is.")


def _paused(taping: Taping) -> str:
    if taping.is_field_open:
        return _("Recording is paused for this field.")
    if taping.is_paused_by_agent:
        return _("Recording is paused.")
    return _("Still paused: the carrier did not go on.") if taping.problem else _("Going on with the recording…")
