"""The browser walks a script, and masks card numbers, exactly as the server does."""

import json
import random
import subprocess
from pathlib import Path

import pytest
from django.conf import settings

from apps.scripts.domain.answers import mask
from apps.scripts.domain.flow import next_step
from apps.scripts.domain.questions import END, NEXT, Kind, Question, Rule
from ops.assets import find_npm

NPM = find_npm()
KEYS = tuple("abcd")
VALUES = (None, "", " ", "Yes", "No", "Maybe", "5", "9.5", "-3", "x", ["Yes"], ["Yes", "No"], [])
RUN = """
import { readFileSync } from "node:fs";
import { nextStep } from "%s";
const talks = JSON.parse(readFileSync(0, "utf8"));
console.log(JSON.stringify(talks.map(([questions, answers]) => {
  const { path, ask } = nextStep(questions, answers);
  return [path, ask?.key ?? null];
})));
"""

MASK = """
import { readFileSync } from "node:fs";
import { mask } from "%s";
console.log(JSON.stringify(JSON.parse(readFileSync(0, "utf8")).map(mask)));
"""


def ask_node(program: str, module: str, given: object) -> object:
    path = Path(settings.BASE_DIR) / "static" / "js" / module
    command = [NPM.node if NPM else "", "--input-type=module", "-e", program % path.as_uri()]
    done = subprocess.run(command, input=json.dumps(given), capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def any_question(chance: random.Random, key: str) -> Question:
    kind = chance.choice([Kind.SAY, Kind.TEXT, Kind.SINGLE, Kind.MULTIPLE, Kind.NUMBER])
    targets = [NEXT, END, "gone", *KEYS]
    options: tuple[str, ...] = ()
    rules: tuple[Rule, ...] = ()
    if kind in {Kind.SINGLE, Kind.MULTIPLE}:
        options = ("Yes", "No")
        rules = tuple(Rule(chance.choice(targets), option) for option in options if chance.random() < 0.6)
    elif kind is Kind.NUMBER:
        rules = (Rule(chance.choice(targets), least=0, most=chance.choice([None, 5])),)
    return Question(key, kind, options, key, chance.random() < 0.5, rules, chance.choice(targets))


@pytest.mark.skipif(NPM is None, reason="needs Node.js")
def test_browser_and_server_walk_the_same_way() -> None:
    chance = random.Random(7)
    scripts = [[any_question(chance, key) for key in KEYS] for _ in range(2000)]
    answers = [{key: chance.choice(VALUES) for key in KEYS if chance.random() < 0.8} for _ in scripts]
    talks = [[[question.as_data() for question in script], said] for script, said in zip(scripts, answers, strict=True)]
    steps = [next_step(script, said) for script, said in zip(scripts, answers, strict=True)]
    assert ask_node(RUN, "script_flow.js", talks) == [
        [list(step.path), step.ask.key if step.ask else None] for step in steps
    ]


@pytest.mark.skipif(NPM is None, reason="needs Node.js")
def test_browser_and_server_mask_alike() -> None:
    chance = random.Random(7)
    texts = ["".join(chance.choices("0123456789 -/x•", k=chance.randrange(24))) for _ in range(2000)]
    texts += ["•••• 4242", "••••", "•••• 42424"]
    assert ask_node(MASK, "mask.js", texts) == [mask(text) for text in texts]
