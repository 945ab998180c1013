"""All that the platform may say to a person, for people to read before it is spoken: taken from the documents themselves."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final, NamedTuple
from xml.etree import ElementTree

from django.utils.translation import gettext as _

from apps.telephony.domain.languages import Language
from apps.telephony.twiml import answers, handing_on, interruption, ringing_in
from apps.telephony.twiml.interruption import Missed
from apps.telephony.twiml.speech import SPEECHES, spoken_number

# A Tuesday.
_EXAMPLE: Final = datetime(2024, 1, 2, 9, 15)  # noqa: DTZ001 - on nobody's clock
_ISOLATED: Final = "\N{LEFT-TO-RIGHT ISOLATE}%s\N{POP DIRECTIONAL ISOLATE}"


class Sample(NamedTuple):
    """When something is said, and what."""

    occasion: str
    text: str


def list_samples(*, language: Language, seller: str, phone: str, message: str) -> list[Sample]:
    """Every announcement in `language`; that for machines only where the campaign has a `message`.

    A number is kept together, and in its order between right-to-left words.
    """
    digits = spoken_number(phone)
    shown = _ISOLATED % digits.replace(" ", "\N{NO-BREAK SPACE}") if digits else ""
    documents = _documents(language, seller, phone, message)
    return [Sample(occasion, _words(document).replace(digits, shown)) for occasion, document in documents]


def _documents(language: Language, seller: str, phone: str, message: str) -> Iterator[tuple[str, str]]:
    yield (
        _("No agent is free"),
        answers.abandonment_message(language=language, seller=seller, phone=phone, opt_out_url=""),
    )
    yield _("The agent's line is lost"), interruption.ask_to_wait(language=language, seller=seller, next_url="")
    yield _("The agent is still away"), interruption.thank_for_waiting(language=language, next_url="")
    for occasion, missed in (
        (_("The agent does not come back"), Missed.AGENT),
        (_("Nobody takes over a transfer"), Missed.COLLEAGUE),
    ):
        offer = interruption.offer_callback(language=language, missed=missed, seller=seller, phone=phone, choice_url="")
        yield occasion, offer
    when = SPEECHES[language].day_and_time(_EXAMPLE)
    yield _("The person wants a call-back"), interruption.confirm_callback(language=language, when=when)
    yield _("No call-back is permitted"), interruption.refuse_callback(language=language, phone=phone)
    yield _("The person opts out"), answers.confirm_opt_out(language=language)
    for occasion, choice_url in ((_("The person rings back"), "/"), (_("Somebody calls who hides their number"), "")):
        greeting = ringing_in.greet_caller(
            language=language,
            seller=seller,
            phone=phone,
            was_called=bool(choice_url),
            may_call_back=True,
            choice_url=choice_url,
        )
        yield occasion, greeting
    if message:
        lines = handing_on.voicemail_words(language=language, seller=seller, phone=phone, text=message)
        spoken = handing_on.leave_voicemail(lines, language=language, text_language=language)
        yield _("An answering machine gets your message"), spoken


def _words(document: str) -> str:
    root = ElementTree.fromstring(document)  # noqa: S314 - made by us
    return " ".join(say.text or "" for say in root.iter("Say"))
