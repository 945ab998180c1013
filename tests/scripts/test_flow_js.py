"""The browser walks a script exactly as the server does."""

import json
import random
import shutil
import subprocess
from pathlib import Path

import pytest
from django.conf import settings

from apps.scripts.domain.flow import next_step
from apps.scripts.domain.questions import END, NEXT, Kind, Question, Rule

NODE = shutil.which("node")
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


@pytest.mark.skipif(NODE is None, reason="needs Node.js")
def test_browser_and_server_walk_the_same_way() -> None:
    chance = random.Random(7)
    scripts = [[any_question(chance, key) for key in KEYS] for _ in range(2000)]
    answers = [{key: chance.choice(VALUES) for key in KEYS if chance.random() < 0.8} for _ in scripts]
    talks = [[[question.as_data() for question in script], said] for script, said in zip(scripts, answers, strict=True)]
    module = Path(settings.BASE_DIR) / "static" / "js" / "script_flow.js"
    done = subprocess.run(
        [NODE or "", "--input-type=module", "-e", RUN % module.as_uri()],
        input=json.dumps(talks),
        capture_output=True,
        text=True,
        check=True,
    )
    steps = [next_step(script, said) for script, said in zip(scripts, answers, strict=True)]
    assert json.loads(done.stdout) == [[list(step.path), step.ask.key if step.ask else None] for step in steps]
