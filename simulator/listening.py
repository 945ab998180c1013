"""A callee's side of a call: how long they listen, wait, talk; and that they hang up."""

import asyncio
from datetime import timedelta
from math import inf

from simulator.model import Call


class CalleeHungUp(Exception):  # noqa: N818 -- a turn of the call, not an error
    """The far end is gone; the call's time line stands at the moment it left."""


async def hear(call: Call, seconds: float) -> None:
    """Play `seconds` of sound to the far end; raises CalleeHungUp when it has had enough."""
    await _stay(call, seconds, silent=False)


async def keep_silent(call: Call, seconds: float) -> None:
    """Let `seconds` pass in silence; raises CalleeHungUp when patience ends."""
    await _stay(call, seconds, silent=True)


async def talk_on(call: Call) -> None:
    """Talk with another leg until this one is ended; raises CalleeHungUp when the far end has had enough."""
    while not call.is_over:
        call.stirred.clear()
        began = call.timeline.at
        still_there = await wait_for(call, call.stirred, silent=False)
        if still_there:
            call.timeline.catch_up(call.timeline.clock.now())
        call.ear.consume((call.timeline.at - began).total_seconds(), silent=False)
        if not still_there:
            raise CalleeHungUp


async def wait_for(call: Call, event: asyncio.Event, *, silent: bool) -> bool:
    """Wait for something on the line; False when the far end hung up first.

    The caller moves the time line to the instant of the event and then calls `spent`.
    """
    budget = call.ear.budget(silent=silent)
    if budget == inf:
        await event.wait()
        return True
    target = call.timeline.at + timedelta(seconds=max(0.0, budget))
    try:
        async with asyncio.timeout(call.timeline.clock.real_seconds_until(target)):
            await event.wait()
    except TimeoutError:
        call.timeline.catch_up(target)
        return False
    return True


async def _stay(call: Call, seconds: float, *, silent: bool) -> None:
    budget = max(0.0, call.ear.budget(silent=silent))
    if budget < seconds:
        await call.timeline.wait(budget)
        call.ear.consume(budget, silent=silent)
        raise CalleeHungUp
    if seconds == inf:
        await call.ended.wait()
        return
    await call.timeline.wait(seconds)
    call.ear.consume(seconds, silent=silent)
