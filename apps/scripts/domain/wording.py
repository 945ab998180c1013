"""The words around a script's questions: opening, rebuttals, disclosures, call to action."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from apps.scripts.domain.text import find_faults

MAX_REBUTTALS: Final = 20
MAX_DISCLOSURES: Final = 60


@dataclass(frozen=True, slots=True)
class Rebuttal:
    """What to answer to an objection."""

    objection: str
    answer: str


@dataclass(frozen=True, slots=True)
class Disclosure:
    """What must be read to people in a jurisdiction, a country or a state such as US-CA."""

    jurisdiction: str
    text: str


@dataclass(frozen=True, slots=True)
class Wording:
    """Everything of a version but its questions; texts may hold {variables}. `kind` is one of models.ScriptKind."""

    text: str
    kind: str = "CONSULTATIVE"
    rebuttals: tuple[Rebuttal, ...] = ()
    disclosures: tuple[Disclosure, ...] = ()
    call_to_action: str = ""

    def as_values(self) -> dict[str, Any]:
        """The model's values."""
        return {
            "text": clean(self.text),
            "kind": self.kind,
            "rebuttals": [{"objection": item.objection, "answer": clean(item.answer)} for item in self.rebuttals],
            "disclosures": [{"jurisdiction": item.jurisdiction, "text": clean(item.text)} for item in self.disclosures],
            "call_to_action": clean(self.call_to_action),
        }


def clean(text: str) -> str:
    """A text with plain line ends and nothing around it."""
    return text.replace("\r\n", "\n").strip()


def find_wording_fault(wording: Wording) -> tuple[str, str] | None:
    """The field of Wording that is wrong and why, or None."""
    return next(_faults(wording), None)


def _faults(wording: Wording) -> Iterator[tuple[str, str]]:
    if not wording.text.strip():
        yield "text", "Write what the agent says."
    yield from _text_faults("text", "", wording.text)
    yield from _text_faults("call_to_action", "", wording.call_to_action)
    if len(wording.rebuttals) > MAX_REBUTTALS:
        yield "rebuttals", f"Give at most {MAX_REBUTTALS} objections."
    for rebuttal in wording.rebuttals:
        if not rebuttal.objection.strip() or not rebuttal.answer.strip():
            yield "rebuttals", "Give each objection its answer, or empty both."
        yield from _text_faults("rebuttals", f"“{rebuttal.objection}”: ", rebuttal.answer)
    yield from _disclosure_faults(wording.disclosures)


def _disclosure_faults(disclosures: Sequence[Disclosure]) -> Iterator[tuple[str, str]]:
    if len(disclosures) > MAX_DISCLOSURES:
        yield "disclosures", f"Give at most {MAX_DISCLOSURES} disclosures."
    places = [item.jurisdiction for item in disclosures]
    for item in disclosures:
        if not item.jurisdiction or not item.text.strip():
            yield "disclosures", "Give each disclosure its place and its text, or empty both."
        if places.count(item.jurisdiction) > 1:
            yield "disclosures", f"{item.jurisdiction} has two disclosures: join them."
        yield from _text_faults("disclosures", f"{item.jurisdiction}: ", item.text)


def _text_faults(field: str, of: str, text: str) -> Iterator[tuple[str, str]]:
    for fault in find_faults(clean(text)):
        yield field, f"{of}Line {fault.line}: {fault.message}"


def disclosures_for(stored: Sequence[Mapping[str, str]], jurisdictions: Sequence[str]) -> list[Disclosure]:
    """The disclosures that somebody in any of these jurisdictions must hear, in their order."""
    return [Disclosure(**item) for item in stored if item["jurisdiction"] in jurisdictions]
