"""The languages in which the platform itself speaks to the person of a call, and which of them a person hears."""

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class Language(StrEnum):
    """BCP 47 tags; the words of each are in `telephony/twiml/words`."""

    EN = "en"
    ES = "es"
    AR = "ar"
    RU = "ru"
    TR = "tr"
    DE = "de"
    FR = "fr"
    PT = "pt"


# What lists write instead of the tag: ISO 639-2 codes, the language's name in English and its own, with and without accents.
_NAMES: Final[Mapping[Language, str]] = {
    Language.EN: "eng english inglés ingles",
    Language.ES: "spa spanish español espanol castellano",
    Language.AR: "ara arb arabic العربية عربي",
    Language.RU: "rus russian русский",
    Language.TR: "tur turkish türkçe turkce",
    Language.DE: "deu ger german deutsch",
    Language.FR: "fra fre french français francais",
    Language.PT: "por portuguese português portugues",
}
_BY_NAME: Final = {name: language.value for language, names in _NAMES.items() for name in names.split()}
_TAGS: Final = frozenset(language.value for language in Language)
_FIRST_WORD: Final = re.compile(r"[^\W\d_]+")


def read_tag(text: str) -> str:
    """The tag of a language that a list or source gives by its name; anything else as it is."""
    return _BY_NAME.get(text.lower(), text)


def find_language(text: str) -> Language | None:
    """The language that a tag such as `es-MX`, a code or a name means, if the platform speaks it."""
    word = _FIRST_WORD.match(text)
    tag = read_tag(word[0]).lower() if word else ""
    return Language(tag) if tag in _TAGS else None


def choose_language(*, lead: str, campaign: str) -> Language:
    """The language a person hears: their own if the platform speaks it, else their campaign's, else English."""
    return find_language(lead) or find_language(campaign) or Language.EN
