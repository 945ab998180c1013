"""What somebody hears who tests their phone: a request to speak, then themselves.

The carrier has no echo for calls, so the voice is recorded and played back: this tries the way in both directions.
"""

from twilio.twiml.voice_response import VoiceResponse

SECONDS = 4


def ask_to_speak(*, next_url: str, kept_url: str) -> str:
    """Record a few words after the beep, and go on with `next_url`; `kept_url` hears when the carrier has the file."""
    response = VoiceResponse()
    response.say("Say a few words after the beep, and then listen.")
    response.record(
        max_length=SECONDS,
        timeout=SECONDS,
        play_beep=True,
        action=next_url,
        method="POST",
        recording_status_callback=kept_url,
    )
    return str(response)


def play_back(*, recording_url: str) -> str:
    """Play what was recorded, and hang up."""
    response = VoiceResponse()
    response.play(recording_url)
    response.hangup()
    return str(response)
