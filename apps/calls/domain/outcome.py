"""The dialler's outcome of a finished call."""

from datetime import timedelta

from apps.calls.domain.fold import End, Progress, Verdict

# SIP 404, 410, 484 and 604 say that the number does not exist (RFC 3261 section 21).
DEAD_NUMBER_CODES = frozenset({"404", "410", "484", "604"})

# The law counts from the end of the greeting; from the answer on is stricter and is what the carrier tells.
GREETING_LIMIT = timedelta(seconds=2)

_BY_END = {End.NO_ANSWER: "NO_ANSWER", End.BUSY: "BUSY"}


def outcome_of(progress: Progress, *, is_unattended: bool) -> str:
    """Name the outcome (calls.enums.Outcome) of an ended call.

    ABANDONED means that a person answered and no agent ever came; a machine or fax is never abandoned, and a person of
    whom detection is unsure always counts as a person.
    """
    if progress.end_status == End.FAILED:
        return "BAD_NUMBER" if progress.error_code in DEAD_NUMBER_CODES else "FAILED"
    if progress.end_status == End.CANCELED:
        # One that rang and was given up is, for the caps and the person called, a call not answered.
        return "CANCELED" if progress.ringing_at is None else "NO_ANSWER"
    if progress.end_status in _BY_END:
        return _BY_END[End(progress.end_status)]
    if progress.answered_by == Verdict.FAX:
        return "FAX"
    if progress.answered_by == Verdict.MACHINE:
        return "MACHINE"
    if progress.connected_at is not None:
        return "CONNECTED"
    return "ABANDONED" if is_unattended else "HUNG_UP"


def is_abandoned(progress: Progress, *, outcome: str) -> bool:
    """Whether the law counts the call as abandoned: no agent within two seconds (16 CFR 310.4(b)(1)(iv)).

    That an agent came later and talked does not change it.
    """
    if outcome != "CONNECTED" or progress.answered_at is None or progress.connected_at is None:
        return outcome == "ABANDONED"
    return progress.connected_at - progress.answered_at > GREETING_LIMIT
