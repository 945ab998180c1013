"""Counters and the log of dials, kept after the calls themselves are forgotten."""

from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from simulator.model import Call, Script


def iso(instant: datetime | None) -> str | None:
    """An instant for people and scripts: ISO 8601, UTC, to the microsecond."""
    return instant.isoformat() if instant else None


def dial_json(call: Call) -> dict[str, Any]:
    """What happened on a call and what its callee wanted: the control end point's view."""
    plan = call.plan
    wanted_at = None
    if plan and plan.callback_hours is not None and call.answered_at:
        wanted_at = call.answered_at + timedelta(hours=plan.callback_hours)
    return {
        "call_sid": call.sid,
        "account_sid": call.account.sid,
        "parent_call_sid": call.parent_sid or None,
        "from": call.sender,
        "to": call.to,
        "direction": call.direction,
        "url": call.program.url if isinstance(call.program, Script) else None,
        "status": call.status.value,
        "created_at": iso(call.created_at),
        "dialled_at": iso(call.dial_at if call.started_at else None),
        "ringing_at": iso(call.ringing_at),
        "answered_at": iso(call.answered_at),
        "ended_at": iso(call.ended_at),
        "ended_by": call.ended_by or None,
        "queue_ms": call.queue_ms,
        "answered_by": call.answered_by or None,
        "personality": plan.personality if plan else None,
        "answers": plan.answers.value if plan else None,
        "intent": plan.intent if plan else None,
        "talk_seconds": round(plan.talk_seconds, 3) if plan else None,
        "patience_seconds": round(plan.patience_seconds, 3) if plan else None,
        "callback_at": iso(wanted_at),
    }


@dataclass(slots=True)
class Stats:
    """Counts by name, and one record for every dialled leg in order of dialling."""

    keep_dials: int
    counts: Counter[str] = field(default_factory=Counter)
    max_live: dict[str, int] = field(default_factory=dict)
    dials: deque[dict[str, Any]] = field(default_factory=deque)
    dialled: int = 0
    _by_call: dict[str, dict[str, Any]] = field(default_factory=dict)

    def count(self, name: str, by: int = 1) -> None:
        """Add to a counter."""
        self.counts[name] += by

    def note_live(self, account_sid: str, live: int) -> None:
        """Remember the largest number of calls an account had at once."""
        self.max_live[account_sid] = max(live, self.max_live.get(account_sid, 0))

    def note_dial(self, call: Call) -> None:
        """Open the record of a leg that is being dialled."""
        self.dialled += 1
        record = {"n": self.dialled, **dial_json(call)}
        self.dials.append(record)
        self._by_call[call.sid] = record
        while len(self.dials) > self.keep_dials:
            self._by_call.pop(self.dials.popleft()["call_sid"], None)

    def refresh(self, call: Call) -> None:
        """Bring a leg's record up to date."""
        if record := self._by_call.get(call.sid):
            record.update(dial_json(call))

    def dial_of(self, call_sid: str) -> dict[str, Any] | None:
        """The record of one leg."""
        return self._by_call.get(call_sid)

    def dials_after(self, number: int, limit: int, to: str = "") -> Iterator[dict[str, Any]]:
        """Records numbered above `number`, oldest first, to one destination when given."""
        return islice((row for row in self.dials if row["n"] > number and to in ("", row["to"])), limit)

    def clear(self) -> None:
        """Forget everything."""
        self.counts.clear()
        self.max_live.clear()
        self.dials.clear()
        self._by_call.clear()
        self.dialled = 0
