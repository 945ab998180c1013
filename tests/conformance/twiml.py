"""TwiML's vocabulary, read off the signatures of Twilio's builder, which itself accepts anything silently."""

import inspect
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any
from xml.etree import ElementTree

from twilio.twiml import TwiML, lower_camel, voice_response

# What the builder takes as the element's own text, by method.
CONTENT = {
    "say": {"message"},
    "play": {"url"},
    "dial": {"number"},
    "redirect": {"url"},
    "conference": {"name"},
    "number": {"phone_number"},
    "client": {"identity"},
    "queue": {"name"},
    "sip": {"sip_url"},
    "sim": {"sim_sid"},
    "whats_app": {"phone_number"},
    "application": {"application_sid"},
    "identity": {"client_identity"},
    "enqueue": {"name"},
    "task": {"body"},
    "sms": {"message"},
}


@dataclass
class Word:
    """What one element may carry."""

    attributes: set[str] = field(default_factory=set)
    children: set[str] = field(default_factory=set)


def faults(text: str) -> list[str]:
    """Everything in a TwiML document that Twilio's vocabulary does not know; empty when all is well."""
    try:
        root = ElementTree.fromstring(text)
    except ElementTree.ParseError as error:
        return [f"not XML: {error}"]
    if root.tag != "Response":
        return [f"the root is <{root.tag}>, not <Response>"]
    return list(_faults(root, vocabulary()))


def _faults(element: ElementTree.Element, words: Mapping[str, Word]) -> Iterator[str]:
    word = words[element.tag]
    for name in element.attrib:
        if name not in word.attributes:
            yield f"<{element.tag}> has no attribute {name!r}"
    for child in element:
        if child.tag not in word.children:
            yield f"<{element.tag}> can't hold <{child.tag}>"
        else:
            yield from _faults(child, words)


@cache
def say_values(name: str) -> set[str]:
    """What `<Say>` takes as `SayVoice` or `SayLanguage`, by the types of Twilio's own Node library."""
    types = Path(__file__).resolve().parents[2] / "node_modules" / "twilio" / "lib" / "twiml" / "VoiceResponse.d.ts"
    found = re.search(rf"type {name} = ([^;]+);", types.read_text(encoding="utf-8"))
    return set(re.findall('"([^"]+)"', found[1])) if found else set()


@cache
def vocabulary() -> dict[str, Word]:
    """All elements of voice TwiML with their attributes and children."""
    words: dict[str, Word] = {}
    for holder in _elements(voice_response):
        tag = "Response" if holder is voice_response.VoiceResponse else _tag(holder)
        word = words.setdefault(tag, Word())
        for name, method in inspect.getmembers(holder, inspect.isfunction):
            child = _child(method)
            if child is None:
                continue
            word.children.add(child)
            words.setdefault(child, Word()).attributes.update(_attributes(name, method))
    return words


def _elements(module: ModuleType) -> list[type[Any]]:
    return [
        one for _, one in inspect.getmembers(module, inspect.isclass) if issubclass(one, TwiML) and one is not TwiML
    ]


def _child(method: Any) -> str | None:
    if method.__qualname__.startswith("TwiML."):
        return None
    source = inspect.getsource(method)
    _, found, rest = source.partition("self.nest(")
    if not found:
        return None
    name = rest.strip().partition("(")[0].strip()
    made = getattr(voice_response, name, None)
    return _tag(made) if made else None


@cache
def _tag(made: type[Any]) -> str:
    source = inspect.getsource(made)
    found = source.partition('self.name = "')[2].partition('"')[0]
    return found or made.__name__


def _attributes(name: str, method: Any) -> Iterator[str]:
    for parameter in inspect.signature(method).parameters.values():
        if parameter.name in {"self", "kwargs", *CONTENT.get(name, ())} or parameter.kind is parameter.VAR_KEYWORD:
            continue
        yield lower_camel(TwiML.MAP.get(parameter.name, parameter.name))
