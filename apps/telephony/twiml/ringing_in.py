"""What somebody hears who rings one of the tenant's numbers, most of them because they missed a call from it."""

from twilio.twiml.voice_response import Gather, VoiceResponse

from apps.telephony.domain.languages import Language
from apps.telephony.twiml.interruption import KEYPAD_SECONDS
from apps.telephony.twiml.speech import SPEECHES


def greet_caller(
    *, language: Language, seller: str, phone: str, was_called: bool, may_call_back: bool, choice_url: str
) -> str:
    """Say who it is, that nobody answers, and offer by keypad what can be done; then the call ends.

    `phone` is another number at which the seller is reached, if there is one. Without a `choice_url` the caller's number
    is hidden, so that nothing can be done for it.
    """
    response = VoiceResponse()
    speech = SPEECHES[language]
    sentences = ["reached_us", *(["we_called"] if was_called else []), "nobody_here", *(["reach_us"] if phone else [])]
    if choice_url:
        keys = ["press_one", "press_nine"] if may_call_back else ["press_nine"]
        gather = Gather(num_digits=1, timeout=KEYPAD_SECONDS, action=choice_url, method="POST")
        speech.say(gather, speech.sentences(*sentences, *keys, seller=seller, phone=phone))
        response.append(gather)
    else:
        speech.say(response, speech.sentences(*sentences, "number_hidden", seller=seller, phone=phone))
    speech.say(response, speech.goodbye)
    response.hangup()
    return str(response)
