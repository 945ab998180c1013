"""What the platform says to the person of a call: the words of each language, and how the carrier speaks them."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from django.utils import dateformat
from twilio.twiml.voice_response import Gather, VoiceResponse

from apps.telephony.domain.languages import Language

WORDS_FOLDER: Final = Path(__file__).parent / "words"
NOON: Final = 12


@dataclass(frozen=True, slots=True)
class Speech:
    """One file of `words/`: whole sentences, so that each language keeps its own order."""

    # The language's own name.
    name: str
    # The carrier's code for the language and a voice that speaks it.
    say_language: str
    voice: str
    who: str
    message_from: str
    reach_us: str
    press_one: str
    press_nine: str
    call_to_opt_out: str
    nobody_free: str
    colleague_missed: str
    line_lost: str
    still_waiting: str
    agent_missed: str
    reached_us: str
    we_called: str
    nobody_here: str
    number_hidden: str
    called_back: str
    not_permitted: str
    opted_out: str
    goodbye: str
    # Instants as they fit into `called_back`: Django's format of the time, and each day with its preposition, Monday first.
    soon: str
    clock: str
    before_noon: str
    after_noon: str
    days: list[str]

    def sentences(self, *names: str, seller: str = "", phone: str = "", when: str = "") -> str:
        """The named sentences one after the other; `phone` is E.164 and said digit by digit."""
        text = " ".join(getattr(self, name) for name in names)
        return text.format(seller=seller, phone=spoken_number(phone), when=when)

    def day_and_time(self, local: datetime) -> str:
        """An instant on the person's clock as a phrase, such as `on Tuesday at 9:15 AM`."""
        phrase = self.before_noon if local.hour < NOON else self.after_noon
        return phrase.format(day=self.days[local.weekday()], time=dateformat.time_format(local.time(), self.clock))

    def say(self, verb: VoiceResponse | Gather, text: str) -> None:
        """Have `text` spoken in this language."""
        verb.say(text, voice=self.voice, language=self.say_language)


def spoken_number(phone: str) -> str:
    """An E.164 number digit by digit, as it is said."""
    return " ".join(phone.removeprefix("+"))


def _load(language: Language) -> Speech:
    return Speech(**tomllib.loads((WORDS_FOLDER / f"{language}.toml").read_text(encoding="utf-8")))


SPEECHES: Final[Mapping[Language, Speech]] = {language: _load(language) for language in Language}
