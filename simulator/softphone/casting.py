"""Giving callees their voices: which dialogue, which language, which kind of machine."""

import asyncio
from collections.abc import Callable
from datetime import datetime

from simulator.callees import Answers, Plan
from simulator.model import Call
from simulator.softphone.callee import Lines, Person, Voice, fax, machine
from simulator.softphone.dialogue import Dialogue, Dialogues, choose
from simulator.softphone.pcm import Samples
from simulator.softphone.speech import Synthesiser


class Casting:
    """Makes the voice of a callee when a browser first hears it."""

    def __init__(self, dialogues: Dialogues, synthesiser: Synthesiser) -> None:
        self._dialogues = dialogues
        self._synthesiser = synthesiser

    async def voice(self, call: Call, at: datetime, hang_up: Callable[[], None]) -> Voice | None:
        """The voice behind an answered call, None for somebody who says nothing. Speech is made in a thread."""
        plan = call.plan
        if plan is None or call.answered_at is None:
            return None
        position = max(0.0, (at - call.answered_at).total_seconds())
        if plan.answers is Answers.FAX:
            return fax(position)
        dialogue = choose(self._dialogues, plan.dialogue, plan.language)
        if dialogue is None:
            return None
        lines = await asyncio.to_thread(self._record, dialogue, plan, int(call.to[-2:] or 0))
        if plan.answers is Answers.MACHINE:
            return machine(lines.greet, plan.greeting_seconds, position, beeps=plan.beep)
        return Person(lines, max(0.0, plan.talk_seconds - position), hang_up)

    def _record(self, dialogue: Dialogue, plan: Plan, voice: int) -> Lines:
        def say(text: str) -> Samples:
            return self._synthesiser.say(text, plan.language, voice)

        return Lines(
            greet=say(dialogue.greet),
            says=tuple(say(line) for line in dialogue.says),
            bye=say(dialogue.bye),
            still=say(dialogue.still),
            fillers=tuple(say(line) for line in dialogue.fillers),
            hangs_up=dialogue.hangs_up,
        )
