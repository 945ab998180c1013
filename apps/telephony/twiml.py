"""The TwiML answers of the platform, made with Twilio's own builder."""

from twilio.twiml.voice_response import Dial, Gather, VoiceResponse


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


def abandonment_message(*, seller: str, phone: str, opt_out_url: str) -> str:
    """The recorded statement for a person for whom no agent is free: who called and on which number, and a way out.

    16 CFR 310.4(b)(4)(iii); 47 CFR 64.1200(a)(7)(i) adds the opt-out.
    """
    response = VoiceResponse()
    gather = Gather(num_digits=1, timeout=4, action=opt_out_url, method="POST")
    gather.say(
        f"This is {seller}. We are sorry that nobody could speak to you just now. You can reach us at {spoken_number(phone)}. "
        "Press nine if you do not want us to call you again."
    )
    response.append(gather)
    response.hangup()
    return str(response)


def spoken_number(phone: str) -> str:
    """An E.164 number digit by digit, as it is said."""
    return " ".join(phone.removeprefix("+"))


def confirm_opt_out() -> str:
    """Confirm that the number has been removed, and hang up."""
    response = VoiceResponse()
    response.say("You will not be called again. Goodbye.")
    response.hangup()
    return str(response)


def hang_up() -> str:
    """End the call."""
    response = VoiceResponse()
    response.hangup()
    return str(response)
