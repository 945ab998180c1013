"""What callees say, by language: read from data, chosen by personality."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

DIALOGUES = Path(__file__).with_name("dialogues.toml")
DEFAULT_LANGUAGE = "en"


@dataclass(frozen=True, slots=True)
class Dialogue:
    """One conversation from the callee's side.

    `greet` is said on answering, each of `says` after the agent has finished a turn, `bye` before hanging up.
    `hangs_up`: the callee goes when all is said; otherwise they answer with `fillers` for as long as they stay.
    """

    greet: str
    says: tuple[str, ...] = ()
    bye: str = ""
    hangs_up: bool = False
    still: str = ""
    fillers: tuple[str, ...] = ()


Dialogues = Mapping[tuple[str, str], Dialogue]


def load_dialogues(path: Path = DIALOGUES) -> Dialogues:
    """All dialogues by name and language."""
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    common = data.pop("common")
    found = {}
    for name, dialogue in data.items():
        hangs_up = dialogue.pop("hangs_up", False)
        for language, lines in dialogue.items():
            shared = common[language]
            found[name, language] = Dialogue(
                greet=lines["greet"],
                says=tuple(lines.get("says", ())),
                bye=lines.get("bye", shared["bye"]),
                hangs_up=hangs_up,
                still=shared["still"],
                fillers=tuple(shared["fillers"]),
            )
    return found


def choose(dialogues: Dialogues, name: str, language: str) -> Dialogue | None:
    """A dialogue in a language, else in English; None for those who say nothing."""
    return dialogues.get((name, language)) or dialogues.get((name, DEFAULT_LANGUAGE))
