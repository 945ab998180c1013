"""What an agent can do at the desk. Each returns nothing: the page shows the state that the server then has."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from apps.accounts.models import User
from apps.agents.models import AgentSession, AgentState
from apps.agents.selectors import find_session
from apps.agents.services import sessions, transfers
from apps.agents.services.states import AgentStateError
from apps.calls import control
from apps.calls.enums import AttemptState
from apps.calls.models import Attempt
from apps.calls.services import recordings
from apps.calls.services.answers import keep_draft_answers
from apps.calls.services.disposing import CallbackRequest, dispose_attempt
from apps.calls.services.notes import keep_note
from apps.calls.services.voice import keep_voice_delay
from apps.campaigns.models import CampaignLead
from apps.core.errors import ConflictError, InvalidError
from apps.core.jobs import enqueue
from apps.dialer.services.reserve import dial_lead
from apps.scripts.domain.answers import mask_answers
from apps.scripts.domain.questions import read_questions
from apps.softphone.recording import recording_sentence
from apps.tenants.scope import tenant_scope


class NoSessionError(ConflictError):
    """The person has no open shift."""

    code = "no_session"


class NoCallError(ConflictError):
    """There is no call this could apply to."""

    code = "no_call"


class PreviewOpenError(ConflictError):
    """Another lead is on the screen for preview."""

    code = "preview_open"


class RecordingStep(StrEnum):
    """What an agent does about the recording of the talk."""

    START = "start"
    AGREED = "agreed"
    DECLINED = "declined"
    PAUSE = "pause"
    RESUME = "resume"
    FIELD_ENTERED = "field_entered"
    FIELD_LEFT = "field_left"


@dataclass(frozen=True, slots=True)
class DispositionForm:
    """What the agent entered about a call; `attempt_id` None stands for the call of the moment."""

    code: str
    attempt_id: UUID | None = None
    note: str = ""
    answers: dict[str, Any] = field(default_factory=dict)
    callback: CallbackRequest | None = None


def get_session(user: User) -> AgentSession:
    """The person's open session. Raises NoSessionError."""
    session = find_session(user.id)
    if session is None:
        raise NoSessionError("Start your shift first: choose a campaign.")
    return session


def wake_dialler(session: AgentSession) -> None:
    """Let the campaign tick now instead of at its next second."""
    enqueue("dialer.dial_campaign", tenant_id=session.tenant_id, campaign_id=session.campaign_id)


def dial(*, user: User, campaign_lead_id: int, at: datetime) -> None:
    """Call the previewed lead, a call-back or a lead that was searched for.

    Raises InvalidError for a lead of another campaign, PreviewOpenError, and what `dialer.services.reserve.dial_lead`
    raises.
    """
    session = get_session(user)
    if session.preview_lead_id not in {None, campaign_lead_id}:
        raise PreviewOpenError("Dial or skip the lead on the screen first.")
    if not CampaignLead.objects.filter(id=campaign_lead_id, campaign_id=session.campaign_id).exists():
        raise InvalidError("This lead is not in the campaign you work in.", field="campaign_lead")
    dial_lead(session=session, campaign_lead_id=campaign_lead_id, at=at)


def skip(*, user: User, campaign_lead_id: int | None, reason: str, at: datetime) -> None:
    """Let the previewed lead pass; `campaign_lead_id` None stands for the one on the screen.

    Raises PreviewOpenError when another lead is on the screen by now, AgentStateError when none is.
    """
    session = get_session(user)
    if campaign_lead_id is not None and session.preview_lead_id not in {None, campaign_lead_id}:
        raise PreviewOpenError("The desk shows another lead by now.")
    sessions.skip_preview(session=session, reason=reason, at=at)
    wake_dialler(session)


def save_draft(*, user: User, attempt_id: UUID | None, draft: dict[str, Any], at: datetime) -> None:
    """Keep what has been typed about the call, or about the previewed lead (None).

    Raises AgentStateError when the desk has moved on; note and answers of a call without a disposition are kept all
    the same.
    """
    session = get_session(user)
    try:
        sessions.save_draft(session=session, attempt_id=attempt_id, draft=_masked(session, draft))
    except AgentStateError:
        if attempt_id is not None:
            keep_note(attempt_id=attempt_id, user_id=user.id, note=str(draft.get("note", "")))
            keep_draft_answers(attempt_id=attempt_id, user_id=user.id, draft=draft, at=at)
        raise


def _masked(session: AgentSession, draft: dict[str, Any]) -> dict[str, Any]:
    """The draft as it may be kept, without card numbers and the like."""
    version = (session.attempt and session.attempt.script_version) or session.campaign.script_version
    questions = read_questions(version.questions) if version else ()
    given = {name: draft[name] for name in ("answers", "aside") if isinstance(draft.get(name), dict)}
    return draft | {name: mask_answers(questions, values) for name, values in given.items()}


def hang_up(*, user: User, attempt_id: UUID | None) -> None:
    """End the agent's call. Raises NoCallError."""
    _session, attempt = get_call(user, attempt_id)
    if attempt.left_at is not None:
        raise NoCallError("You have left this call; it goes on without you.")
    enqueue("calls.end_call", tenant_id=attempt.tenant_id, attempt_id=str(attempt.id))


def hold(*, tenant_id: int, user: User, attempt_id: UUID | None, is_held: bool) -> None:
    """Let the person of the call hear music, or the agent again. Raises NoCallError and CarrierError.

    Opens its own short scopes: no transaction waits for the carrier.
    """
    with tenant_scope(tenant_id):
        session, attempt = get_call(user, attempt_id)
        if session.state != AgentState.ON_CALL or not session.room_sid:
            raise NoCallError("Nobody is on the line.")
        account = attempt.caller_id.account
    control.hold_person(account=account, room_sid=session.room_sid, attempt=attempt, is_held=is_held)
    with tenant_scope(tenant_id):
        sessions.set_holding(session=session, attempt_id=attempt.id, is_held=is_held)


def steer_recording(*, user: User, attempt_id: UUID | None, step: RecordingStep, at: datetime) -> None:
    """Do what the agent wants about the recording of their talk. Raises NoCallError and TapingError."""
    session, attempt = get_call(user, attempt_id)
    if step in {RecordingStep.FIELD_ENTERED, RecordingStep.FIELD_LEFT}:
        recordings.mark_field(attempt=attempt, is_open=step == RecordingStep.FIELD_ENTERED, at=at)
        return
    if session.state != AgentState.ON_CALL:
        raise NoCallError("Nobody is on the line.")
    if step == RecordingStep.START:
        recordings.want_taping(attempt=attempt, at=at)
    elif step in {RecordingStep.PAUSE, RecordingStep.RESUME}:
        recordings.pause_taping(attempt=attempt, is_paused=step == RecordingStep.PAUSE, at=at)
    else:
        is_agreed, sentence = step == RecordingStep.AGREED, recording_sentence(attempt)
        recordings.note_agreement(attempt=attempt, is_agreed=is_agreed, sentence=sentence, user=user, at=at)


def report_voice(*, user: User, attempt_id: UUID | None, browser_ms: int) -> None:
    """Sound of the agent's talk arrives in their browser. Raises NoCallError and InvalidError."""
    _, attempt = get_call(user, attempt_id)
    if attempt.connected_at is None:
        raise NoCallError("Nobody is on the line.")
    keep_voice_delay(attempt=attempt, browser_ms=browser_ms)


def bring_phone(*, user: User, page: str, leg_sid: str | None) -> None:
    """The agent's phone is in the page of this name, and every other page lets go of it.

    With `leg_sid` the page takes calls now and holds this leg (empty: none): have the standing leg there.
    """
    session = find_session(user.id)
    if session is None:
        return
    sessions.place_phone(session=session, page=page)
    if leg_sid is not None and session.leg_sid != leg_sid:
        enqueue("agents.move_leg", tenant_id=session.tenant_id, session_id=session.id, sid=session.leg_sid)


def dispose(*, user: User, form: DispositionForm, at: datetime) -> None:
    """Record the outcome, end the call if the agent is still on it, and go on to what comes next. One key is enough.

    Raises NoCallError for a call that is over or not answered yet, AgentStateError while it is being handed on, and what
    `dispose_attempt` raises.
    """
    session, attempt = get_call(user, form.attempt_id)
    if session.state not in {AgentState.ON_CALL, AgentState.WRAP_UP}:
        raise NoCallError("The call has not been answered yet.")
    transfers.require_still(attempt, at=at)
    dispose_attempt(
        attempt_id=attempt.id,
        code=form.code,
        user=user,
        at=at,
        note=form.note,
        answers=form.answers,
        callback=form.callback,
    )
    if attempt.state < AttemptState.ENDED and attempt.left_at is None:
        enqueue("calls.end_call", tenant_id=attempt.tenant_id, attempt_id=str(attempt.id))
    sessions.finish_wrap_up(session=session, at=at)
    wake_dialler(session)


def get_call(user: User, attempt_id: UUID | None) -> tuple[AgentSession, Attempt]:
    """The person's open session and the call of the moment, if that is the one meant (None: whichever it is).

    A page that is behind must not act on the call after the one it shows. Raises NoSessionError and NoCallError.
    """
    session = get_session(user)
    attempt = session.attempt
    if attempt is None:
        raise NoCallError("There is no call at the moment.")
    if attempt_id not in {None, attempt.id}:
        raise NoCallError("That call is over; the desk shows what came after it.")
    return session, attempt
