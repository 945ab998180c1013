"""What a person hears, or where they go, when an agent hands their call on: TwiML made with Twilio's own builder."""

from twilio.twiml.voice_response import Dial, VoiceResponse

from apps.telephony.domain.languages import Language
from apps.telephony.twiml.speech import SPEECHES


def join_transfer(*, room: str, label: str, is_waiting: bool) -> str:
    """Join a conference of the person and a transfer's target, which ends when either leaves.

    `is_waiting`: the target has yet to answer; until then the carrier's own music plays.
    """
    response = VoiceResponse()
    dial = Dial()
    dial.conference(
        room,
        beep="false",
        start_conference_on_enter=not is_waiting,
        end_conference_on_exit=True,
        participant_label=label,
    )
    response.append(dial)
    return str(response)


def go_to(url: str) -> str:
    """Go on with what one of our hooks answers at that moment."""
    response = VoiceResponse()
    response.redirect(url, method="POST")
    return str(response)


def voicemail_words(*, language: Language, seller: str, phone: str, text: str) -> str:
    """A message for an answering machine in three lines: who calls, the campaign's own words, and where to call.

    47 CFR 64.1200(b): the caller's name at the beginning, the number during or after the message.
    """
    speech = SPEECHES[language]
    opening = speech.sentences("message_from", seller=seller)
    closing = speech.sentences("reach_us", "call_to_opt_out", phone=phone)
    return "\n".join((opening, " ".join(text.split()), closing))


def leave_voicemail(words: str, *, language: Language, text_language: Language) -> str:
    """Speak the three lines of a message, then hang up; the campaign's own words are in `text_language`."""
    response = VoiceResponse()
    for line, spoken in zip(words.split("\n"), (language, text_language, language), strict=True):
        SPEECHES[spoken].say(response, line)
    response.hangup()
    return str(response)
