"""What a person hears whose agent's line is lost in the middle of a talk: to wait a moment, then a choice by keypad."""

from twilio.twiml.voice_response import Gather, VoiceResponse

from apps.telephony.twiml import spoken_number

# Seconds of silence between two looks for the agent.
WAIT_SECONDS = 5
KEYPAD_SECONDS = 6


def ask_to_wait(*, seller: str, next_url: str) -> str:
    """Say what has happened, then go on with what `next_url` answers."""
    return _wait(f"This is {seller}. We are sorry, the line to our agent was interrupted. Please hold on.", next_url)


def thank_for_waiting(*, next_url: str) -> str:
    """The agent is not back yet: another moment, then `next_url` is asked again."""
    return _wait("Thank you for holding. We are connecting you again.", next_url)


def _wait(text: str, next_url: str) -> str:
    response = VoiceResponse()
    response.say(text)
    response.pause(length=WAIT_SECONDS)
    response.redirect(next_url, method="POST")
    return str(response)


def offer_callback(*, seller: str, phone: str, choice_url: str) -> str:
    """The agent does not come back: one for a call-back, nine for never again; then the call ends."""
    response = VoiceResponse()
    gather = Gather(num_digits=1, timeout=KEYPAD_SECONDS, action=choice_url, method="POST")
    gather.say(
        f"We are sorry, our agent could not come back to your call. This was {seller}. You can reach us at "
        f"{spoken_number(phone)}. Press one if we may call you back. Press nine if you do not want us to call you again."
    )
    response.append(gather)
    response.say("Goodbye.")
    response.hangup()
    return str(response)


def confirm_callback(*, when: str) -> str:
    """Say when the person is called back, and hang up; `when` is a phrase such as `on Tuesday at 9 15 AM`."""
    return _farewell(f"Thank you. We will call you back {when}. Goodbye.")


def refuse_callback(*, phone: str) -> str:
    """Say that there is no time at which the person may be called, and hang up."""
    return _farewell(f"We are not permitted to call you back. You can reach us at {spoken_number(phone)}. Goodbye.")


def _farewell(text: str) -> str:
    response = VoiceResponse()
    response.say(text)
    response.hangup()
    return str(response)
