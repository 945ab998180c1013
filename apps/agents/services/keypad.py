"""What a person chose by keypad when nobody came for them any more: a call-back, or no call ever again."""

from datetime import datetime, timedelta
from operator import attrgetter
from zoneinfo import ZoneInfo

from apps.agents.models import LostLine
from apps.agents.selectors import list_sessions_on
from apps.agents.services import sessions
from apps.calls.enums import KeypadChoice
from apps.calls.models import Attempt, Transfer
from apps.calls.services.attempts import note_opt_out
from apps.calls.services.callbacks import Promised, next_lawful, promise_for_pool
from apps.calls.services.disposing import CallbackRequest, dispose_attempt
from apps.campaigns.models import Disposition
from apps.telephony.domain.languages import Language
from apps.telephony.twiml.speech import SPEECHES

# The agent or a colleague needs a moment before the call-back.
SOON = timedelta(minutes=5)
LINE_NOTE = "The line was lost during the talk. Asked by keypad to be called back."
TRANSFER_NOTE = "Was to be transferred to %s, who was not reached. Asked by keypad to be called back."

Offer = LostLine | Transfer


def choose(*, attempt: Attempt, digits: str, at: datetime) -> Offer | None:
    """Do what the person of this call, whose row the caller holds, asks for; a repetition changes nothing.

    Answers the offer with the choice, None when nothing was offered or another key was pressed.
    """
    wanted = {"1": KeypadChoice.CALLBACK, "9": KeypadChoice.NEVER}.get(digits)
    offer = _find_offer(attempt)
    if offer is None or wanted is None:
        return None
    if not offer.choice:
        offer.choice = wanted
        if wanted == KeypadChoice.CALLBACK:
            offer.callback_at = _book(attempt, _note(offer), at)
        else:
            _never_again(attempt, at)
        offer.save(update_fields=["choice", "callback_at"])
    return offer


def _find_offer(attempt: Attempt) -> Offer | None:
    """The newest offer of the call, locked."""
    transfers = Transfer.objects.select_for_update(of=("self",)).filter(attempt=attempt, offered_at__isnull=False)
    lines = LostLine.objects.select_for_update(of=("self",)).filter(attempt=attempt, offered_at__isnull=False)
    offers: list[Offer] = [*transfers.order_by("offered_at", "id"), *lines.order_by("offered_at", "id")]
    return max(offers, key=attrgetter("offered_at"), default=None)


def _note(offer: Offer) -> str:
    return TRANSFER_NOTE % offer.name if isinstance(offer, Transfer) else LINE_NOTE


def lawful_time(attempt: Attempt, *, at: datetime) -> datetime | None:
    """The first instant after a few minutes at which the gate would let the person be called again; None for never."""
    promised = Promised(attempt.campaign, attempt.lead, is_personal=False, talk_at=attempt.placing_at)
    return next_lawful(promised=promised, at=at, after=at + SOON)


def when(due_at: datetime, zone: str, *, language: Language, at: datetime) -> str:
    """The instant as it is said to the person, on their clock."""
    speech = SPEECHES[language]
    return speech.soon if due_at <= at + 2 * SOON else speech.day_and_time(due_at.astimezone(ZoneInfo(zone)))


def _book(attempt: Attempt, note: str, at: datetime) -> datetime | None:
    """Promise a call-back; the instant that is promised, None when nobody may call."""
    due_at = lawful_time(attempt, at=at)
    if due_at is None:
        return None
    request = CallbackRequest(due_at=due_at, zone=attempt.lead.place.zones[0], is_personal=False, note=note)
    disposition = _disposition(attempt, is_callback=True)
    if disposition is not None and attempt.disposed_at is None:
        _dispose(attempt, disposition, at, request)
        return due_at
    return promise_for_pool(
        campaign_lead_id=attempt.campaign_lead_id, due_at=due_at, zone=request.zone, note=note, is_urgent=False
    )


def _never_again(attempt: Attempt, at: datetime) -> None:
    note_opt_out(attempt=attempt, at=at)
    disposition = _disposition(attempt, is_dnc=True)
    if disposition is not None and attempt.disposed_at is None:
        _dispose(attempt, disposition, at, None)


def _disposition(attempt: Attempt, **flags: bool) -> Disposition | None:
    found = Disposition.objects.filter(disposition_set_id=attempt.campaign.disposition_set_id, is_active=True, **flags)
    return found.order_by("id").first()


def _dispose(attempt: Attempt, disposition: Disposition, at: datetime, request: CallbackRequest | None) -> None:
    """In place of the agent, with what they had written so far."""
    session = list_sessions_on(attempt.id).first()
    draft = session.draft if session else {}
    answers = draft.get("answers")
    dispose_attempt(
        attempt_id=attempt.id,
        code=disposition.code,
        user=None,
        at=at,
        note=str(draft.get("note", "")),
        answers=answers if isinstance(answers, dict) else {},
        callback=request,
    )
    sessions.lose_wrap_up(attempt_id=attempt.id, at=at)
