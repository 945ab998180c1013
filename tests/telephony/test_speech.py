"""What the platform says: the same in every language, as the carrier's vocabulary has it, and in the language a person has."""

import tomllib
from datetime import datetime
from string import Formatter
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.campaigns.forms import VOICEMAIL_LENGTH
from apps.telephony.domain.languages import Language, choose_language, find_language, read_tag
from apps.telephony.twiml import answers, handing_on, interruption, ringing_in
from apps.telephony.twiml.interruption import Missed
from apps.telephony.twiml.samples import list_samples
from apps.telephony.twiml.speech import SPEECHES, WORDS_FOLDER
from simulator.softphone.speech import VOICES
from tests.conformance.twiml import faults, say_values

SELLER, PHONE = "Acme Windows", "+12125550100"
DIGITS = "1 2 1 2 5 5 5 0 1 0 0"
# Of the `Twiml` parameter, which takes what is not fetched from us.
CARRIER_CHARACTERS = 4000
# What may be alike: the carrier's hours, and phrases of the time.
SHARED = {"clock", "before_noon", "after_noon"}
every_language = pytest.mark.parametrize("language", Language)


def words(language: Language) -> dict[str, object]:
    return tomllib.loads((WORDS_FOLDER / f"{language}.toml").read_text(encoding="utf-8"))


def documents(language: Language) -> list[str]:
    message = handing_on.voicemail_words(language=language, seller=SELLER, phone=PHONE, text="Your quote\nis ready.")
    return [
        answers.abandonment_message(language=language, seller=SELLER, phone=PHONE, opt_out_url="/optout"),
        answers.confirm_opt_out(language=language),
        handing_on.leave_voicemail(message, language=language, text_language=Language.EN),
        interruption.ask_to_wait(language=language, seller=SELLER, next_url="/wait"),
        interruption.thank_for_waiting(language=language, next_url="/wait"),
        *(
            interruption.offer_callback(
                language=language, missed=missed, seller=SELLER, phone=PHONE, choice_url="/choice"
            )
            for missed in Missed
        ),
        interruption.confirm_callback(language=language, when=SPEECHES[language].soon),
        interruption.refuse_callback(language=language, phone=PHONE),
        *(
            ringing_in.greet_caller(
                language=language,
                seller=SELLER,
                phone=PHONE,
                was_called=True,
                may_call_back=True,
                choice_url=choice_url,
            )
            for choice_url in ("/inbound-choice", "")
        ),
    ]


# --- the words


def test_there_are_words_of_exactly_the_languages() -> None:
    assert {file.stem for file in WORDS_FOLDER.iterdir()} == {language.value for language in Language}


@every_language
def test_each_language_has_the_same_words_with_the_same_places(language: Language) -> None:
    english, own = words(Language.EN), words(language)

    assert own.keys() == english.keys()
    assert [name for name, text in own.items() if not text] == []
    assert {name: places(text) for name, text in own.items()} == {name: places(text) for name, text in english.items()}
    assert len(set(SPEECHES[language].days)) == 7


def places(text: object) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(str(text)) if name}


@every_language
def test_nothing_is_left_in_english(language: Language) -> None:
    english, own = words(Language.EN), words(language)

    alike = {name for name in own.keys() - SHARED if own[name] == english[name]}
    assert alike == (own.keys() - SHARED if language == Language.EN else set())


@every_language
def test_who_may_object_is_told_how_with_the_name_and_number_of_the_caller(language: Language) -> None:
    speech = SPEECHES[language]
    apology, _, voicemail, _, _, line, transfer, _, _, greeting, hidden = documents(language)

    for document in (apology, line, transfer, greeting):
        assert (speech.press_nine in document, SELLER in document, DIGITS in document) == (True, True, True)
    for document, missed in ((line, speech.agent_missed), (transfer, speech.colleague_missed)):
        assert (speech.press_one in document, missed in document) == (True, True)
    assert (speech.number_hidden in hidden, SELLER in hidden) == (True, True)
    assert (speech.call_to_opt_out in voicemail, SELLER in voicemail, DIGITS in voicemail) == (True, True, True)


# --- as the carrier takes them


@every_language
def test_documents_are_of_the_carriers_vocabulary_in_voice_and_language_too(language: Language) -> None:
    voices, languages = say_values("SayVoice"), say_values("SayLanguage")
    for document in documents(language):
        assert faults(document) == []
        says = list(ElementTree.fromstring(document).iter("Say"))
        spoken = {(say.get("voice"), say.get("language")) for say in says}
        assert {voice for voice, _ in spoken} <= voices
        assert {tag for _, tag in spoken} <= languages
        assert (SPEECHES[language].voice, SPEECHES[language].say_language) in spoken


@every_language
def test_the_simulator_has_a_voice_for_it(language: Language) -> None:
    assert SPEECHES[language].say_language[:2] in VOICES
    assert SPEECHES[language].say_language[:2] == language


@every_language
def test_the_longest_message_fits_even_where_each_letter_is_escaped(language: Language) -> None:
    message = handing_on.voicemail_words(language=language, seller="&" * 120, phone=PHONE, text="&" * VOICEMAIL_LENGTH)

    document = handing_on.leave_voicemail(message, language=language, text_language=Language.RU)
    assert len(document) <= CARRIER_CHARACTERS


def test_a_message_keeps_the_campaigns_language_between_words_in_the_persons() -> None:
    message = handing_on.voicemail_words(
        language=Language.TR, seller=SELLER, phone=PHONE, text="Su oferta\n está lista."
    )
    document = handing_on.leave_voicemail(message, language=Language.TR, text_language=Language.ES)

    says = list(ElementTree.fromstring(document).iter("Say"))
    assert [say.get("language") for say in says] == ["tr-TR", "es-US", "tr-TR"]
    assert says[1].text == "Su oferta está lista."


# --- times


@pytest.mark.parametrize(
    ("language", "hour", "text"),
    [
        (Language.EN, 9, "on Tuesday at 9:15 AM"),
        (Language.EN, 12, "on Tuesday at 12:15 PM"),
        (Language.EN, 16, "on Tuesday at 4:15 PM"),
        (Language.ES, 16, "el martes a las 16:15"),
        (Language.AR, 16, "يوم الثلاثاء الساعة 4:15 مساءً"),
        (Language.RU, 9, "во вторник в 9:15"),
        (Language.TR, 9, "Salı günü saat 09:15 civarında"),  # noqa: RUF001 - Turkish
        (Language.DE, 9, "am Dienstag um 9:15 Uhr"),
        (Language.FR, 9, "mardi à 9:15"),
        (Language.PT, 9, "na terça-feira às 9:15"),
    ],
)
def test_a_time_is_said_as_the_language_says_it(language: Language, hour: int, text: str) -> None:
    assert SPEECHES[language].day_and_time(datetime(2026, 11, 24, hour, 15)) == text  # noqa: DTZ001 - on their clock


# --- which language


@pytest.mark.parametrize(
    ("lead", "campaign", "heard"),
    [
        ("", "", Language.EN),
        ("", "es", Language.ES),
        ("tr", "es", Language.TR),
        ("tr-TR", "es", Language.TR),
        ("PT_br", "es", Language.PT),
        ("spanish", "en", Language.ES),
        ("Español", "en", Language.ES),
        ("العربية", "en", Language.AR),
        ("rus", "en", Language.RU),
        ("es/en", "ru", Language.ES),
        ("ja", "es", Language.ES),
        ("estonian", "ru", Language.RU),
        ("?", "xx", Language.EN),
    ],
)
def test_a_person_hears_their_language_else_the_campaigns_else_english(
    lead: str, campaign: str, heard: Language
) -> None:
    assert choose_language(lead=lead, campaign=campaign) == heard


@given(st.text())
def test_any_text_is_a_language_or_none(text: str) -> None:
    assert find_language(text) in {None, *Language}


@pytest.mark.parametrize(("text", "tag"), [("Portuguese", "pt"), ("es-MX", "es-MX"), ("Klingon", "Klingon"), ("", "")])
def test_a_known_name_becomes_its_tag(text: str, tag: str) -> None:
    assert read_tag(text) == tag


# --- read before it is spoken


def test_samples_are_what_is_spoken_and_keep_the_order_of_a_number() -> None:
    samples = list_samples(language=Language.AR, seller=SELLER, phone=PHONE, message="عرضكم جاهز.")
    speech = SPEECHES[Language.AR]

    assert [len(samples), len({sample.occasion for sample in samples})] == [11, 11]
    assert samples[1].text == speech.sentences("who", "line_lost", seller=SELLER)
    kept_together = DIGITS.replace(" ", "\N{NO-BREAK SPACE}")
    assert f"\N{LEFT-TO-RIGHT ISOLATE}{kept_together}\N{POP DIRECTIONAL ISOLATE}" in samples[0].text
    assert "عرضكم جاهز." in samples[-1].text


def test_without_a_message_nothing_is_left_on_machines() -> None:
    assert len(list_samples(language=Language.EN, seller=SELLER, phone="", message="")) == 10
