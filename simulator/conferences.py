"""Conferences: who is in, who hears whom, and what the customer is told."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime

from simulator.callbacks import Callbacks
from simulator.errors import CarrierError
from simulator.model import Call, Room, RoomEntry, Seat
from simulator.recordings import Recordings
from simulator.registry import Registry

MAX_LABEL = 128
CALL_SID = re.compile(r"^CA[0-9a-fA-F]{32}$")
ENDED_BY_API = "conference_ended_via_api"
ENDED_BY_MODERATOR = "moderator_ended_conference"
HUNG_UP = "participant_hung_up"
UPDATED_BY_API = "participant_updated_via_api"


class Rooms:
    """The rules of conferences. Every method takes the simulated instant at which it happens.

    `beep` sounds when a leg comes or goes that was told to be announced so; on both, unless said otherwise.
    """

    def __init__(self, registry: Registry, callbacks: Callbacks, recordings: Recordings) -> None:
        self._registry = registry
        self._callbacks = callbacks
        self._recordings = recordings
        self.beep: Callable[[Room], None] = _silently

    def reserve(self, call: Call, entry: RoomEntry, at: datetime) -> Seat:
        """Give a leg a seat it will take when it answers; raises CarrierError 16020 to 16028."""
        open_room = self._registry.find_open_room(call.account, entry.room)
        self._check_entry(entry, open_room.seats if open_room else {})
        room = open_room or self._registry.open_room(call.account, entry.room, at)
        seat = Seat(
            call,
            room,
            entry,
            at,
            at,
            muted=entry.muted,
            coaching=bool(entry.coach),
            coach_sid=entry.coach,
            end_on_exit=entry.end_on_exit,
        )
        room.seats[call.sid] = seat
        call.seat = seat
        return seat

    def enter(self, seat: Seat, at: datetime) -> None:
        """Let a leg in. The first to enter decides who is told about the room."""
        if seat.room.status == "completed":
            seat.room = self._registry.open_room(seat.call.account, seat.entry.room, at)
            seat.room.seats[seat.call.sid] = seat
        room = seat.room
        if not room.has_been_entered:
            room.has_been_entered = True
            room.hook = seat.entry.hook
            room.region = seat.entry.region or room.region
        seat.joined_at = seat.updated_at = room.updated_at = at
        self._tell(room, "join", "participant-join", at, seat=seat)
        if seat.entry.beep in ("true", "onEnter"):
            self.beep(room)
        if room.status == "init" and any(other.entry.start_on_enter for other in room.present):
            room.status = "in-progress"
            self._tell(room, "start", "conference-start", at)
        if seat.entry.record and room.recording is None and room.status == "in-progress":
            self._recordings.start_for_room(room, seat.entry.record, at)
        self._wake(room, at)

    def leave(self, seat: Seat, reason: str, at: datetime, *, kicked: bool = False) -> None:
        """Let a leg out; the room ends with its last leg or with one that ends it."""
        room = seat.room
        was_present = seat.is_present
        seat.left_reason = reason
        seat.call.seat = None
        room.seats.pop(seat.call.sid, None)
        if not was_present:
            if not room.seats and not room.has_been_entered:
                room.status = "completed"
                self._registry.close_room(room)
            return
        self._farewell(seat, at)
        if seat.entry.beep in ("true", "onExit"):
            self.beep(room)
        way = "kicked" if kicked else "left"
        if seat.end_on_exit:
            reason_ended = f"participant-with-end-conference-on-exit-{way}"
            self.end(room, ENDED_BY_MODERATOR, reason_ended, at, seat)
        elif not room.present:
            self.end(room, ENDED_BY_MODERATOR, f"last-participant-{way}", at, seat)
        else:
            self._wake(room, at)

    def end(self, room: Room, left_reason: str, ended_reason: str, at: datetime, by: Seat | None = None) -> None:
        """End a room: everybody out, then the event."""
        if room.status == "completed":
            return
        for seat in room.present:
            seat.left_reason = left_reason
            seat.call.seat = None
            self._farewell(seat, at)
        room.status, room.end_reason, room.updated_at = "completed", ended_reason, at
        fields = {"ReasonConferenceEnded": ended_reason, "Reason": ended_reason}
        if by is not None:
            room.ended_by_sid = fields["CallSidEndingConference"] = by.call.sid
            fields |= {"ParticipantLabelEndingConference": by.entry.label} if by.entry.label else {}
        if room.recording is not None:
            self._recordings.stop(room.recording, at)
        self._tell(room, "end", "conference-end", at, fields)
        self._registry.close_room(room)

    def set_muted(self, seat: Seat, muted: bool, at: datetime) -> None:
        """Mute or unmute a leg."""
        if seat.muted != muted:
            seat.muted, seat.updated_at = muted, at
            self._tell(seat.room, "mute", "participant-mute" if muted else "participant-unmute", at, seat=seat)

    def set_hold(self, seat: Seat, hold: bool, at: datetime) -> None:
        """Put a leg on hold or take it back."""
        if seat.hold != hold:
            seat.hold, seat.updated_at = hold, at
            self._tell(seat.room, "hold", "participant-hold" if hold else "participant-unhold", at, seat=seat)
            self._wake(seat.room, at)

    def set_coaching(self, seat: Seat, coaching: bool, coach_sid: str, at: datetime) -> None:
        """Whisper to one leg, or speak to all; raises CarrierError 16027 or 16028."""
        if coaching:
            self._check_coached(seat.room.seats, coach_sid or seat.coach_sid)
            seat.coach_sid = coach_sid or seat.coach_sid
        seat.coaching, seat.updated_at = coaching, at
        self._tell(seat.room, "modify", "participant-modify", at, seat=seat)

    def hears_somebody(self, seat: Seat) -> bool:
        """Whether a leg hears a voice or music; alone, or before the start without any, it hears nothing."""
        if seat.hears_music:
            return True
        return seat.room.status == "in-progress" and len(seat.room.present) > 1

    def _farewell(self, seat: Seat, at: datetime) -> None:
        fields = {"ParticipantCallStatus": seat.call.status.value, "ReasonParticipantLeft": seat.left_reason}
        self._tell(seat.room, "leave", "participant-leave", at, fields, seat=seat)
        seat.changed_at = at
        seat.changed.set()

    def _tell(
        self,
        room: Room,
        subscription: str,
        event: str,
        at: datetime,
        fields: Mapping[str, str] | None = None,
        seat: Seat | None = None,
    ) -> None:
        self._callbacks.conference(room, subscription, event, at, fields or {}, seat)

    def _wake(self, room: Room, at: datetime) -> None:
        for seat in room.present:
            seat.changed_at = at
            seat.changed.set()

    def _check_entry(self, entry: RoomEntry, seats: Mapping[str, Seat]) -> None:
        label = entry.label
        if len(label) > MAX_LABEL:
            raise CarrierError(16023)
        if "/" in label:
            raise CarrierError(16024)
        if CALL_SID.match(label):
            raise CarrierError(16025)
        if label and any(seat.entry.label == label for seat in seats.values()):
            raise CarrierError(16026)
        if len(seats) >= entry.max_participants:
            raise CarrierError(16020)
        if entry.coach:
            self._check_coached(seats, entry.coach)

    def _check_coached(self, seats: Mapping[str, Seat], call_sid: str) -> None:
        coached = seats.get(call_sid)
        if coached is None or not coached.is_present:
            raise CarrierError(16028)
        if coached.hold:
            raise CarrierError(16027)


def _silently(_room: Room) -> None:
    return
