"""What an agent hears whose calls come to a telephone; a mailbox that answers presses no key, and so gets nobody."""

from twilio.twiml.voice_response import Gather, VoiceResponse

KEYPAD_SECONDS = 8
JOIN_KEY = "1"


def ask_to_join(*, seller: str, next_url: str) -> str:
    """Ask whoever answers to press one; without it the call ends."""
    response = VoiceResponse()
    gather = Gather(num_digits=1, timeout=KEYPAD_SECONDS, action=next_url, method="POST")
    gather.say(f"This is your desk at {seller}. Press one to take your calls at this phone.")
    response.append(gather)
    response.hangup()
    return str(response)
