"""The TwiML answers of the platform, made with Twilio's own builder."""

from twilio.twiml.voice_response import Dial, Gather, VoiceResponse

from apps.telephony.domain.languages import Language
from apps.telephony.twiml.speech import SPEECHES


def join_conference(*, room: str, label: str, conference_url: str) -> str:
    """Join the caller to the agent's standing conference, silently; it ends for nobody when one leaves."""
    response = VoiceResponse()
    dial = Dial()
    dial.conference(
        room,
        beep="false",
        start_conference_on_enter=True,
        end_conference_on_exit=False,
        wait_url="",
        participant_label=label,
        status_callback=conference_url,
        status_callback_event="start end join leave",
    )
    response.append(dial)
    return str(response)


def abandonment_message(*, language: Language, seller: str, phone: str, opt_out_url: str) -> str:
    """The recorded statement for a person for whom no agent is free: who called and on which number, and a way out.

    16 CFR 310.4(b)(4)(iii); 47 CFR 64.1200(a)(7)(i) adds the opt-out.
    """
    response = VoiceResponse()
    speech = SPEECHES[language]
    gather = Gather(num_digits=1, timeout=4, action=opt_out_url, method="POST")
    speech.say(gather, speech.sentences("who", "nobody_free", "reach_us", "press_nine", seller=seller, phone=phone))
    response.append(gather)
    response.hangup()
    return str(response)


def confirm_opt_out(*, language: Language) -> str:
    """Confirm that the number has been removed, and hang up."""
    return farewell(language, "opted_out")


def farewell(language: Language, *sentences: str, phone: str = "", when: str = "") -> str:
    """Say these sentences and good-bye, and hang up."""
    response = VoiceResponse()
    speech = SPEECHES[language]
    speech.say(response, speech.sentences(*sentences, "goodbye", phone=phone, when=when))
    response.hangup()
    return str(response)


def hang_up() -> str:
    """End the call."""
    response = VoiceResponse()
    response.hangup()
    return str(response)
