"""Whether a talk is recorded: what its agent wants and the person agreed to, and what the carrier reports.

Only rows are written here. `calls.taping` then brings the carrier to what they say, outside of every transaction.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from apps.accounts.models import User
from apps.audit.actions import Action
from apps.audit.services import record
from apps.calls.enums import AttemptState, TapingState
from apps.calls.models import Attempt, Recording, Taping
from apps.campaigns.models import RecordMode
from apps.compliance.domain.recording import recording_demands
from apps.compliance.rulebook.loader import load_rulebook
from apps.core.errors import ConflictError
from apps.core.jobs import enqueue
from apps.core.publish import publish

UNDER_WAY = "in-progress"


class TapingError(ConflictError):
    """The recording of this talk is not where it would have to be for this."""

    code = "recording_state"


def begin_taping(*, attempt_id: UUID, at: datetime) -> None:
    """The person and an agent are together: record if the campaign records all calls, as soon as the law lets it.

    Nothing for a campaign that records none, and nothing the second time.
    """
    attempt = Attempt.objects.select_related("campaign", "lead__place").get(id=attempt_id)
    mode = attempt.campaign.recording
    if mode == RecordMode.NONE or attempt.state == AttemptState.ENDED:
        return
    demands = find_demands(attempt, at)
    wanted = TapingState.CONSENT if demands else TapingState.STARTING
    state = wanted if mode == RecordMode.ALL else TapingState.OFF
    _, is_new = Taping.objects.get_or_create(
        attempt=attempt, defaults={"state": state, "demands": demands, "changed_at": at}
    )
    if is_new:
        _follow(attempt, state)


def find_demands(attempt: Attempt, at: datetime) -> list[str]:
    """Ids of the rulebook's rows by which the person of a call must agree first; empty where one party may record."""
    rules = recording_demands(attempt.lead.place.jurisdictions, load_rulebook(), at.date())
    return [rule.id for rule in rules]


def want_taping(*, attempt: Attempt, at: datetime) -> None:
    """The agent wants this talk recorded, or tries again: at once, or when the person has agreed. Raises TapingError."""
    if attempt.campaign.recording == RecordMode.NONE:
        raise TapingError("This campaign's calls are not recorded.")
    if attempt.connected_at is None:
        raise TapingError("Nobody is on the line yet.")
    # There is none yet when the campaign has begun to record since.
    taping, _ = Taping.objects.get_or_create(
        attempt=attempt,
        defaults={"state": TapingState.OFF, "demands": find_demands(attempt, at), "changed_at": at},
    )
    needs_asking = taping.demands and taping.agreed_at is None
    state = TapingState.CONSENT if needs_asking else TapingState.STARTING
    _move(attempt, at, to=state, out_of=(TapingState.OFF, TapingState.FAILED), problem="", is_paused_by_agent=False)


def note_agreement(*, attempt: Attempt, is_agreed: bool, sentence: str, user: User, at: datetime) -> None:
    """The person has heard `sentence` and agreed, so recording starts; or has not, so it does not. Raises TapingError."""
    waiting = (TapingState.CONSENT,)
    if is_agreed:
        _move(attempt, at, to=TapingState.STARTING, out_of=waiting, agreed_at=at, sentence=sentence)
    else:
        _move(attempt, at, to=TapingState.OFF, out_of=waiting, declined_at=at, sentence=sentence)
    action = Action.RECORDING_AGREED if is_agreed else Action.RECORDING_DECLINED
    record(action, at=at, target=f"attempt:{attempt.id}", actor=user, data={"sentence": sentence})


def pause_taping(*, attempt: Attempt, is_paused: bool, at: datetime) -> None:
    """The agent wants a pause, or to go on. Raises TapingError when nothing is being recorded."""
    _want(attempt, at, is_paused_by_agent=is_paused)


def mark_field(*, attempt: Attempt, is_open: bool, at: datetime) -> None:
    """The agent has entered or left a field for a card number or the like; nothing is recorded meanwhile.

    Also kept of a talk that is not recorded yet, so that a recording does not begin within the field.
    """
    changed = Taping.objects.filter(attempt=attempt).exclude(is_field_open=is_open)
    if changed.update(is_field_open=is_open, changed_at=at):
        _wake(attempt)


def _want(attempt: Attempt, at: datetime, **values: Any) -> None:  # noqa: ANN401 - model fields
    under_way = (TapingState.STARTING, TapingState.ON, TapingState.PAUSED)
    if not Taping.objects.filter(attempt=attempt, state__in=under_way).update(**values, changed_at=at):
        raise TapingError("This call is not being recorded.")
    _wake(attempt)


def _move(attempt: Attempt, at: datetime, *, to: str, out_of: tuple[str, ...], **values: Any) -> None:  # noqa: ANN401 - model fields
    taping = Taping.objects.filter(attempt=attempt, state__in=out_of)
    if not taping.update(state=to, changed_at=at, **values):
        raise TapingError("The recording has moved on; look at what the desk says now.")
    _follow(attempt, to)


def _follow(attempt: Attempt, state: str) -> None:
    if state == TapingState.STARTING:
        _wake(attempt)
    else:
        publish_taping(attempt)


def _wake(attempt: Attempt) -> None:
    enqueue("calls.steer_taping", tenant_id=attempt.tenant_id, attempt_id=str(attempt.id))
    publish_taping(attempt)


def publish_taping(attempt: Attempt) -> None:
    """Let the agent's desk fetch how the recording stands."""
    if attempt.agent_id is not None:
        publish(attempt.tenant_id, f"desk:{attempt.agent_id}", {"recording": str(attempt.id)})


def save_recording(*, attempt: Attempt, sid: str, url: str, seconds: int, status: str, at: datetime) -> None:
    """Keep what the carrier says of a recording; a repetition, or news overtaken by its end, changes nothing.

    News that it runs also settles a request whose fate was not known.
    """
    kept = {"attempt": attempt, "url": url, "seconds": seconds, "status": status[:16]}
    if status != UNDER_WAY:
        Recording.objects.update_or_create(sid=sid, defaults=kept)
        return
    Recording.objects.get_or_create(sid=sid, defaults=kept)
    lost = Taping.objects.filter(attempt=attempt, state__in=[TapingState.STARTING, TapingState.FAILED])
    if lost.exclude(asked_at=None).update(state=TapingState.ON, sid=sid, problem="", changed_at=at):
        _wake(attempt)
