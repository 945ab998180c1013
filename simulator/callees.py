"""Who is behind a number, and what they will do on this attempt: pure, repeatable, read from data."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from random import Random
from typing import Any

FICTIONAL = re.compile(r"^\+1[2-9]\d{2}55501\d{2}$")
ANSWER_SLOTS = 20
# Seconds that somebody who rings back listens at most, and bears silence.
LISTENS, WAITS = 120.0, 15.0


class Answers(StrEnum):
    """What happens at the far end."""

    PERSON = "person"
    MACHINE = "machine"
    FAX = "fax"
    NOBODY = "nobody"
    BUSY = "busy"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Plan:
    """What the callee will do on one attempt; durations in simulated seconds."""

    personality: str
    answers: Answers
    setup_seconds: float
    ring_seconds: float
    talk_seconds: float
    patience_seconds: float
    verdict: str
    amd_seconds: float
    greeting_seconds: float
    beep: bool
    intent: str
    callback_hours: float | None
    presses: str
    survey: tuple[float, ...]
    sip: int
    language: str = "en"
    dialogue: str = ""
    # Seconds after a missed call in which its number is rung back, if it is; and the keys that are pressed then.
    rings_back_after: float | None = None
    keys_back: str = ""

    def ringing_back(self) -> "Plan":
        """The same person when they ring back: they listen for two minutes at most and press their keys."""
        return replace(
            self, answers=Answers.PERSON, talk_seconds=LISTENS, patience_seconds=WAITS, presses=self.keys_back
        )


@dataclass(frozen=True, slots=True)
class Callees:
    """The population. `pinned` numbers override the data, for tests and demonstrations."""

    seed: int
    numbers: Mapping[str, str]
    refusals: Mapping[str, int]
    lines: Mapping[str, Mapping[str, Any]]
    personalities: Mapping[str, Mapping[str, Any]]
    languages: Mapping[str, float]
    pinned: dict[str, str]
    pinned_languages: dict[str, str] = field(default_factory=dict)

    def refusal(self, number: str) -> int | None:
        """The error code with which the carrier refuses to dial a number at all."""
        return self.refusals.get(number)

    def pin(self, number: str, personality: str) -> None:
        """Give a number one personality; raises KeyError for an unknown one."""
        if personality not in self.personalities:
            raise KeyError(personality)
        self.pinned[number] = personality

    def pin_language(self, number: str, language: str) -> None:
        """Let a number speak one language; raises KeyError for one that nobody speaks."""
        if language not in self.languages:
            raise KeyError(language)
        self.pinned_languages[number] = language

    def language(self, number: str) -> str:
        """The language spoken behind a number; the same for ever."""
        return self.pinned_languages.get(number) or _draw(self._random("language", number), self.languages)

    def line(self, number: str) -> str:
        """The kind of line behind a number; the same for ever."""
        shares = {name: line["share"] for name, line in self.lines.items()}
        return _draw(self._random("line", number), shares)

    def line_type(self, number: str) -> str:
        """Twilio Lookup's line type of a number."""
        return _draw(self._random("type", number), self.lines[self.line(number)]["line_types"])

    def is_reassigned(self, number: str) -> bool:
        """Whether the number changed hands; true for about three in a hundred."""
        return self._random("owner", number).random() < 0.03

    def plan(self, number: str, ordinal: int) -> Plan:
        """What the callee does on the attempt with this ordinal (from 1) at this number."""
        draw = self._random("attempt", number, ordinal)
        name = self._personality(number, draw)
        data = self.personalities[name]
        answers = Answers(data["answers"])
        greeting = _between(draw, data.get("greeting"))
        talk = _triangle(draw, data["talk"]) if "talk" in data else greeting + _between(draw, data.get("records"))
        back = self._random("ring back", number, ordinal)
        rings_back = data.get("rings_back")
        return Plan(
            personality=name,
            answers=answers,
            setup_seconds=draw.uniform(0.4, 1.6),
            ring_seconds=_between(draw, data.get("ring")),
            talk_seconds=talk,
            patience_seconds=_between(draw, data.get("patience")),
            verdict=_draw(draw, data["amd"]) if "amd" in data else "unknown",
            amd_seconds=_between(draw, data.get("amd_seconds")),
            greeting_seconds=greeting,
            beep=bool(data.get("beep", False)),
            intent=data.get("intent", ""),
            callback_hours=_between(draw, data["callback_in"]) if "callback_in" in data else None,
            presses="9" if draw.random() < data.get("opt_out", 0.0) else data.get("presses", ""),
            survey=tuple(round(draw.random(), 4) for _ in range(ANSWER_SLOTS)),
            sip=int(data.get("sip", 0)),
            language=self.language(number),
            dialogue=data.get("dialogue", ""),
            rings_back_after=_between(back, rings_back) if rings_back else None,
            keys_back=_draw(back, data["presses_back"]) if rings_back else "",
        )

    def _personality(self, number: str, draw: Random) -> str:
        if number in self.pinned:
            return self.pinned[number]
        if FICTIONAL.match(number) and number[-4:] in self.numbers:
            return self.numbers[number[-4:]]
        return _draw(draw, self.lines[self.line(number)]["personalities"])

    def _random(self, *parts: object) -> Random:
        return Random(":".join(str(part) for part in (self.seed, *parts)))  # noqa: S311 -- repeatable on purpose


def load_callees(path: Path, seed: int) -> Callees:
    """Read the population from TOML; raises ValueError when a name in it leads nowhere."""
    data = tomllib.loads(path.read_text())
    callees = Callees(
        seed=seed,
        numbers=data.get("numbers", {}),
        refusals=data.get("refusals", {}),
        lines=data["line"],
        personalities=data["personality"],
        languages=data.get("languages", {"en": 1}),
        pinned={},
    )
    used = {*callees.numbers.values(), *(name for line in callees.lines.values() for name in line["personalities"])}
    if unknown := used - set(callees.personalities):
        raise ValueError(f"{path.name}: no such personality: {', '.join(sorted(unknown))}")
    for name in callees.personalities:
        Answers(callees.personalities[name]["answers"])
    return callees


def _draw(random: Random, shares: Mapping[str, float]) -> str:
    return random.choices(list(shares), weights=list(shares.values()))[0]


def _between(random: Random, ends: list[float] | None) -> float:
    return random.uniform(*ends) if ends else 0.0


def _triangle(random: Random, corners: list[float]) -> float:
    low, usual, high = corners
    return random.triangular(low, high, usual)
