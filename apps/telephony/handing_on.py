"""What a person hears, or where they go, when an agent hands their call on: TwiML made with Twilio's own builder."""

from twilio.twiml.voice_response import Dial, Gather, VoiceResponse

from apps.telephony.twiml import spoken_number


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


def transfer_failed(*, seller: str, phone: str, opt_out_url: str) -> str:
    """Nobody took over the call, and its agent is not free any more: say so, where to call, and a way out."""
    response = VoiceResponse()
    gather = Gather(num_digits=1, timeout=4, action=opt_out_url, method="POST")
    gather.say(
        f"This is {seller}. We are sorry, the colleague we wanted to connect you with could not be reached. "
        f"You can reach us at {spoken_number(phone)}. Press nine if you do not want us to call you again."
    )
    response.append(gather)
    response.say("Goodbye.")
    response.hangup()
    return str(response)


def voicemail_words(*, seller: str, phone: str, text: str) -> str:
    """A message for an answering machine: who calls, the campaign's own words, and a number to call or to opt out at.

    47 CFR 64.1200(b): the caller's name at the beginning, the number during or after the message.
    """
    return (
        f"This is a message from {seller}. {text.strip()} You can reach us at {spoken_number(phone)}. "
        "Call this number also if you do not want us to call you again."
    )


def leave_voicemail(words: str) -> str:
    """Speak a message, then hang up."""
    response = VoiceResponse()
    response.say(words)
    response.hangup()
    return str(response)
