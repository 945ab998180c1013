"""What a person hears who is left without anybody in the middle of a call: to wait a moment, then a choice by keypad."""

from enum import StrEnum

from twilio.twiml.voice_response import Gather, VoiceResponse

from apps.telephony.domain.languages import Language
from apps.telephony.twiml.answers import farewell
from apps.telephony.twiml.speech import SPEECHES

# Seconds of silence between two looks for the agent.
WAIT_SECONDS = 5
KEYPAD_SECONDS = 6


class Missed(StrEnum):
    """Who does not come, as the sentence that says so."""

    AGENT = "agent_missed"
    COLLEAGUE = "colleague_missed"


def ask_to_wait(*, language: Language, seller: str, next_url: str) -> str:
    """Say what has happened, then go on with what `next_url` answers."""
    return _wait(language, SPEECHES[language].sentences("who", "line_lost", seller=seller), next_url)


def thank_for_waiting(*, language: Language, next_url: str) -> str:
    """The agent is not back yet: another moment, then `next_url` is asked again."""
    return _wait(language, SPEECHES[language].still_waiting, next_url)


def _wait(language: Language, text: str, next_url: str) -> str:
    response = VoiceResponse()
    SPEECHES[language].say(response, text)
    response.pause(length=WAIT_SECONDS)
    response.redirect(next_url, method="POST")
    return str(response)


def offer_callback(*, language: Language, missed: Missed, seller: str, phone: str, choice_url: str) -> str:
    """Nobody comes for the person: one for a call-back, nine for never again; then the call ends."""
    response = VoiceResponse()
    speech = SPEECHES[language]
    gather = Gather(num_digits=1, timeout=KEYPAD_SECONDS, action=choice_url, method="POST")
    sentences = ("who", missed, "reach_us", "press_one", "press_nine")
    speech.say(gather, speech.sentences(*sentences, seller=seller, phone=phone))
    response.append(gather)
    speech.say(response, speech.goodbye)
    response.hangup()
    return str(response)


def confirm_callback(*, language: Language, when: str) -> str:
    """Say when the person is called back, and hang up; `when` is a phrase such as `on Tuesday at 9:15 AM`."""
    return farewell(language, "called_back", when=when)


def refuse_callback(*, language: Language, phone: str) -> str:
    """Say that there is no time at which the person may be called, and hang up."""
    return farewell(language, "not_permitted", "reach_us", phone=phone)
