"""The text of a script: plain words with variables in braces, such as {first_name} or {first_name|there}."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

# Every variable and what it stands for. Whoever renders a script gives a value for each; custom fields of the lead
# come on top as custom.<field>.
VARIABLES: Final = {
    "first_name": "Lead's first name",
    "last_name": "Lead's last name",
    "company": "Lead's company",
    "email": "Lead's e-mail address",
    "phone": "Number being called",
    "state": "Lead's state",
    "postal_code": "Lead's ZIP or postal code",
    "source": "Where the lead came from",
    "agent_name": "Agent on the call",
    "seller_name": "Seller named in your settings",
    "seller_phone": "Seller's number for questions",
}
CUSTOM_PREFIX: Final = "custom."
# Values of a made-up lead, for previews.
SAMPLE: Final = {
    "first_name": "Ada",
    "last_name": "Byron",
    "company": "Analytical Engines",
    "email": "ada@example.test",
    "phone": "+1 212 555 0142",
    "state": "NY",
    "postal_code": "10001",
    "source": "Spring fair",
    "agent_name": "Sam Rivera",
    "seller_name": "Acme Windows",
    "seller_phone": "+1 212 555 0100",
}

_PIECE: Final = re.compile(r"\{([^{}\n]*)\}|([{}])")
_CUSTOM_NAME: Final = re.compile(r"custom\.[^|{}\n]{1,80}")


@dataclass(frozen=True, slots=True)
class TextFault:
    """What is wrong with a text, and in which line (from 1)."""

    line: int
    message: str


def find_faults(text: str) -> list[TextFault]:
    """Every stray brace and unknown variable of `text`, in order; empty for a good text."""
    return list(_faults(text))


def _faults(text: str) -> Iterator[TextFault]:
    for piece in _PIECE.finditer(text):
        line = text.count("\n", 0, piece.start()) + 1
        if piece[2]:
            yield TextFault(line, f"A {piece[2]} stands alone: write variables as {{first_name}}.")
        elif not _is_known(name := _split(piece[1])[0]):
            near = get_close_matches(name, VARIABLES, n=1, cutoff=0.5)
            hint = f"did you mean {{{near[0]}}}?" if near else "choose one from the list of variables."
            yield TextFault(line, f"{{{name}}} is not a variable; {hint}")


def render(text: str, values: Mapping[str, str]) -> str:
    """The text with its variables filled in; an empty or missing value gives the words after the bar, or nothing."""

    def fill(piece: re.Match[str]) -> str:
        if piece[2]:
            return piece[2]
        name, otherwise = _split(piece[1])
        return values.get(name, "") or otherwise

    return _PIECE.sub(fill, text)


def _split(inside: str) -> tuple[str, str]:
    name, _, otherwise = inside.partition("|")
    return name.strip(), otherwise.strip()


def _is_known(name: str) -> bool:
    return name in VARIABLES or _CUSTOM_NAME.fullmatch(name) is not None
