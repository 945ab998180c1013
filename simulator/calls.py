"""The life of a leg: queued, dialled, ringing, answered, over."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from datetime import datetime, timedelta
from typing import Any

from simulator.callbacks import Callbacks
from simulator.callees import Answers, Callees, Plan
from simulator.clock import Clock
from simulator.conferences import HUNG_UP, UPDATED_BY_API, Rooms
from simulator.detection import verdict
from simulator.errors import CarrierError
from simulator.inbound import inbound_call
from simulator.listening import CalleeHungUp, keep_silent
from simulator.model import Account, Bridge, Call, CallStatus, Ear, RoomEntry, Script
from simulator.recordings import Recordings
from simulator.registry import Registry
from simulator.stats import Stats

logger = logging.getLogger(__name__)

Program = Script | RoomEntry | Bridge
Work = Coroutine[Any, Any, None]
MAX_QUEUE = timedelta(hours=24)
SIP_BUSY, SIP_TIMEOUT, SIP_CANCELED = 486, 487, 487


class NotConnected(Exception):  # noqa: N818 -- a turn of the call, not an error
    """The far end did not answer."""

    def __init__(self, status: CallStatus, sip: int) -> None:
        self.status = status
        self.sip = sip
        super().__init__(status.value)


class Exchange:
    """Runs every leg.

    `interpret` performs a leg's program once it is answered. `ring_client` rings a browser until it is answered, or
    raises NotConnected.
    """

    def __init__(
        self,
        clock: Clock,
        registry: Registry,
        callees: Callees,
        callbacks: Callbacks,
        rooms: Rooms,
        recordings: Recordings,
        stats: Stats,
    ) -> None:
        self._clock = clock
        self._registry = registry
        self._callees = callees
        self._callbacks = callbacks
        self._rooms = rooms
        self._recordings = recordings
        self._stats = stats
        self._tasks: set[asyncio.Task[None]] = set()
        self.interpret: Callable[[Call, Program], Work] = _nothing
        self.ring_client: Callable[[Call], Work] = _answered_at_once

    def place(self, call: Call, *, paced: bool = True) -> None:
        """Accept a leg: at once, or queued behind the account's calls per second.

        Raises CarrierError 10004 at the concurrency limit and 22005 with a day of queue.
        """
        account = call.account
        if account.max_calls and account.live_calls >= account.max_calls and not call.is_inbound:
            raise CarrierError(10004)
        is_phone = call.to.startswith("+") and not call.is_inbound
        call.dial_at = self._pace(account, call.created_at) if paced and is_phone else call.created_at
        call.queue_ms = round((call.dial_at - call.created_at).total_seconds() * 1000)
        if is_phone:
            call.plan = self._callees.plan(call.to, self._registry.next_ordinal(call.to))
            call.ear = Ear.of(call.plan)
        self._registry.add_call(call)
        self._stats.count("calls.created")
        self._stats.count("calls.queued", int(call.queue_ms > 0))
        self._stats.note_live(account.sid, account.live_calls)
        self._run(call, self._live(call))

    def ring_in(self, account: Account, *, sender: str, to: str, plan: Plan) -> Call | None:
        """Somebody rings a number of the account; None when nobody is asked about calls to it."""
        call = inbound_call(self._clock, account, sender=sender, to=to, plan=plan)
        self._stats.count("calls.inbound" if call else "calls.inbound_nowhere")
        if call is not None:
            self.place(call, paced=False)
        return call

    def redirect(self, call: Call, script: Script, at: datetime) -> None:
        """Take a live leg to new TwiML; raises CarrierError 21220 when it is not up."""
        if call.status is not CallStatus.IN_PROGRESS:
            raise CarrierError(21220, "Cannot redirect.")
        call.timeline.catch_up(at)
        if call.seat is not None:
            self._rooms.leave(call.seat, UPDATED_BY_API, at)
        call.updated_at = at
        self._run(call, self._speak(call, script))

    def hang_up(self, call: Call, status: CallStatus, by: str, at: datetime) -> None:
        """End a leg from outside; raises CarrierError 21220 when that is too late."""
        if call.is_over or (status is CallStatus.CANCELED and call.answered_at is not None):
            raise CarrierError(21220, f"Call is {call.status.value}")
        call.timeline.catch_up(at)
        if call.answered_at is None:
            self.finish(call, CallStatus.CANCELED, by, SIP_CANCELED)
        else:
            self.finish(call, status, by)

    def hang_up_far_end(self, call: Call) -> None:
        """The far end hangs up now, or gives up before the answer; nothing happens when the call is over."""
        call.timeline.catch_up(self._clock.now())
        self.finish(call, CallStatus.COMPLETED if call.answered_at else CallStatus.CANCELED, "callee")

    def set_time_limit(self, call: Call, seconds: float) -> None:
        """Cap a leg's length, counted from its answer."""
        call.time_limit = seconds
        if call.limit_timer is not None:
            call.limit_timer.cancel()
        if call.answered_at is not None:
            ends_at = call.answered_at + timedelta(seconds=seconds)
            delay = self._clock.real_seconds_until(ends_at)
            call.limit_timer = asyncio.get_running_loop().call_later(delay, self._run_out, call)

    def finish(self, call: Call, status: CallStatus, by: str, sip: int = 0) -> None:
        """End a leg now on its time line, whatever it was doing, and tell the customer."""
        if call.is_over:
            return
        at = call.timeline.at
        was_dialled = call.started_at is not None
        call.status, call.ended_by, call.sip = status, by, sip
        call.ended_at = call.updated_at = at
        if call.limit_timer is not None:
            call.limit_timer.cancel()
        if call.seat is not None:
            self._rooms.leave(call.seat, HUNG_UP if by == "callee" else UPDATED_BY_API, at)
        for recording in call.recordings:
            self._recordings.stop(recording, at)
        if call.amd_task is not None and not call.answered_by:
            call.answered_by = "unknown"
            self._callbacks.detection(call, call.seconds)
        call.settled.set()
        call.ended.set()
        if was_dialled:
            self._callbacks.status(call, "completed", status.value)
        self._registry.close_call(call)
        self._stats.count(f"calls.{status.value}")
        self._stats.refresh(call)
        for task in (call.task, call.amd_task):
            if task is not None and task is not asyncio.current_task():
                task.cancel()

    async def close(self) -> None:
        """Drop everything that runs, without a word to anybody."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for call in self._registry.calls.values():
            if call.limit_timer is not None:
                call.limit_timer.cancel()

    def _pace(self, account: Account, at: datetime) -> datetime:
        # Twilio's rate is an average, "not per-second exact": one second of credit, and never less than one
        # real second, since a fast clock turns network jitter into whole seconds.
        credit = timedelta(seconds=max(1.0, self._clock.speed))
        due = max(account.next_slot or at, at)
        dial_at = max(at, due - credit)
        if dial_at - at > MAX_QUEUE:
            raise CarrierError(22005)
        account.next_slot = due + timedelta(seconds=1 / account.cps)
        return dial_at

    async def _live(self, call: Call) -> None:
        await call.timeline.wait(call.queue_ms / 1000)
        try:
            await self._dial(call)
        except NotConnected as missed:
            self.finish(call, missed.status, "callee", missed.sip)
            if call.plan is not None and call.plan.rings_back_after is not None:
                self._spawn(self._ring_back(call, call.plan))
            return
        await self._answer(call)
        await self._speak(call, call.program)

    async def _ring_back(self, missed: Call, plan: Plan) -> None:
        await self._clock.until(missed.timeline.at + timedelta(seconds=plan.rings_back_after or 0.0))
        self.ring_in(missed.account, sender=missed.to, to=missed.sender, plan=plan.ringing_back())

    async def _dial(self, call: Call) -> None:
        call.started_at = call.timeline.at
        plan = None if call.is_inbound else call.plan
        if plan is not None:
            self._stats.note_dial(call)
        self._callbacks.status(call, "initiated", "initiated")
        if plan is None:
            self._ring(call)
            await self.ring_client(call)
            return
        await call.timeline.wait(plan.setup_seconds)
        if plan.answers is Answers.FAILED:
            raise NotConnected(CallStatus.FAILED, plan.sip)
        self._ring(call)
        rings_out = plan.answers is Answers.NOBODY or plan.ring_seconds > call.ring_timeout
        if await self._is_picked_up(call, call.ring_timeout if rings_out else plan.ring_seconds):
            return
        if rings_out:
            raise NotConnected(CallStatus.NO_ANSWER, SIP_TIMEOUT)
        if plan.answers is Answers.BUSY:
            raise NotConnected(CallStatus.BUSY, SIP_BUSY)

    async def _is_picked_up(self, call: Call, seconds: float) -> bool:
        """Let it ring for so long; True when somebody has the far end answer before."""
        until = call.timeline.at + timedelta(seconds=seconds)
        try:
            async with asyncio.timeout(self._clock.real_seconds_until(until)):
                await call.picked_up.wait()
        except TimeoutError:
            call.timeline.catch_up(until)
            return False
        call.timeline.catch_up(self._clock.now())
        return True

    def _ring(self, call: Call) -> None:
        call.status, call.ringing_at = CallStatus.RINGING, call.timeline.at
        call.updated_at = call.timeline.at
        self._stats.count("calls.rung")
        self._stats.refresh(call)
        self._callbacks.status(call, "ringing", "ringing")

    async def _answer(self, call: Call) -> None:
        at = call.timeline.at
        call.status, call.answered_at = CallStatus.IN_PROGRESS, at
        call.started_at = call.updated_at = at
        call.settled.set()
        self._stats.count("calls.answered")
        self._stats.refresh(call)
        self.set_time_limit(call, call.time_limit)
        if call.record is not None:
            self._recordings.start_for_call(call, call.record, "OutboundAPI", at)
        self._callbacks.status(call, "answered", CallStatus.IN_PROGRESS.value)
        if call.amd is None:
            return
        if call.amd.is_async:
            call.amd_task = self._spawn(self._detect(call, at))
            return
        answered_by, seconds = verdict(call.plan, call.amd)
        try:
            await keep_silent(call, seconds)
        except CalleeHungUp:
            self.finish(call, CallStatus.COMPLETED, "callee")
            return
        call.answered_by = answered_by

    async def _detect(self, call: Call, answered_at: datetime) -> None:
        if call.amd is None:
            return
        answered_by, seconds = verdict(call.plan, call.amd)
        await self._clock.until(answered_at + timedelta(seconds=seconds))
        # On a fast clock detection may end in real milliseconds; it must not overtake an answer hook
        # that is merely slower than that.
        try:
            async with asyncio.timeout(seconds):
                await call.scripted.wait()
        except TimeoutError:
            logger.info("amd.before_script", extra={"call_sid": call.sid})
        call.answered_by = answered_by
        call.amd_task = None
        self._stats.refresh(call)
        self._callbacks.detection(call, seconds)

    async def _speak(self, call: Call, program: Program) -> None:
        if call.is_over:
            return
        try:
            await self.interpret(call, program)
        except CalleeHungUp:
            self.finish(call, CallStatus.COMPLETED, "callee")
        else:
            self.finish(call, CallStatus.COMPLETED, "script")

    def _run_out(self, call: Call) -> None:
        if call.answered_at is not None:
            call.timeline.catch_up(call.answered_at + timedelta(seconds=call.time_limit))
        self.finish(call, CallStatus.COMPLETED, "time_limit")

    def _run(self, call: Call, work: Work) -> None:
        if call.task is not None:
            call.task.cancel()
        call.task = task = self._spawn(work)
        task.add_done_callback(lambda done: self._bury(call, done))

    def _spawn(self, work: Work) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def _bury(self, call: Call, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            logger.error("call.crashed", extra={"call_sid": call.sid}, exc_info=error)
            self._stats.count("crashes")
            self.finish(call, CallStatus.FAILED, "simulator")


async def _nothing(_call: Call, _program: Program) -> None:
    return


async def _answered_at_once(_call: Call) -> None:
    return
