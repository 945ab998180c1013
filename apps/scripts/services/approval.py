"""Approval of script versions: campaigns use only what a compliance officer or an owner has approved."""

from datetime import datetime

from apps.accounts.models import User
from apps.audit.actions import Action
from apps.audit.services import record
from apps.core.errors import ConflictError, InvalidError
from apps.scripts.domain.flow import find_flow_faults
from apps.scripts.domain.questions import read_questions
from apps.scripts.models import ScriptVersion

State = ScriptVersion.State


class VersionStateError(ConflictError):
    """The version is not in a state that permits this."""

    code = "version_state"


class ScriptFaultyError(ConflictError):
    """Some way through the questions does not come to an end; the message names what to change."""

    code = "script_faulty"


class OwnVersionError(ConflictError):
    """Whoever has written a version does not approve it."""

    code = "own_version"


def is_own_version(version: ScriptVersion, user: User) -> bool:
    """Whether somebody else has to approve the version because this person has written some of it."""
    return version.tenant.is_second_person_needed and user.id in {version.created_by_id, *version.editor_ids}


def submit_version(*, version_id: int, submitted_by: User | None, at: datetime) -> ScriptVersion:
    """Hand a draft in for approval; an older version that still waits is sent back as overtaken.

    Raises VersionStateError for anything but a draft, ScriptFaultyError.
    """
    version = _lock(version_id)
    if version.state != State.DRAFT:
        raise VersionStateError("Only a draft can be handed in.")
    faults = find_flow_faults(read_questions(version.questions))
    if faults:
        raise ScriptFaultyError(" ".join(fault.message for fault in faults))
    ScriptVersion.objects.filter(script_id=version.script_id, state=State.SUBMITTED).update(
        state=State.RETURNED, decided_at=at, reason=f"Version {version.number} was handed in instead."
    )
    version.state, version.submitted_at = State.SUBMITTED, at
    version.save(update_fields=["state", "submitted_at"])
    _record(Action.SCRIPT_SUBMITTED, version, submitted_by, at)
    return version


def approve_version(*, version_id: int, approved_by: User | None, at: datetime) -> ScriptVersion:
    """Let campaigns use a version that was handed in.

    Raises OwnVersionError for its writers, unless the tenant lets them; VersionStateError.
    """
    if approved_by is not None and is_own_version(_lock(version_id), approved_by):
        raise OwnVersionError("You have written some of this version: somebody else has to approve it.")
    return _decide(version_id, State.APPROVED, "", approved_by, at)


def return_version(*, version_id: int, reason: str, returned_by: User | None, at: datetime) -> ScriptVersion:
    """Send a version back to its writer. Raises VersionStateError, InvalidError without a reason."""
    if not reason.strip():
        raise InvalidError("Say what has to change.", field="reason")
    return _decide(version_id, State.RETURNED, reason.strip(), returned_by, at)


def _decide(version_id: int, state: State, reason: str, by: User | None, at: datetime) -> ScriptVersion:
    version = _lock(version_id)
    if version.state != State.SUBMITTED:
        raise VersionStateError("This version does not wait for approval any more.")
    version.state, version.decided_by, version.decided_at, version.reason = state, by, at, reason
    version.save(update_fields=["state", "decided_by", "decided_at", "reason"])
    action = Action.SCRIPT_APPROVED if state == State.APPROVED else Action.SCRIPT_RETURNED
    _record(action, version, by, at)
    return version


def _lock(version_id: int) -> ScriptVersion:
    return ScriptVersion.objects.select_for_update(of=("self",)).select_related("script", "tenant").get(id=version_id)


def _record(action: Action, version: ScriptVersion, by: User | None, at: datetime) -> None:
    data = {"number": version.number, "reason": version.reason}
    record(action, at=at, target=f"script:{version.script_id}", actor=by, data=data)
