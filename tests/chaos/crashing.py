"""A worker that dies at a given step of placing: `python -m tests.chaos.crashing <tenant> <attempt> <step> <instant>`."""

import os
import sys
from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

import django

django.setup()

from django.db import connection  # noqa: E402 - after the set-up

from apps.calls import placing  # noqa: E402 - likewise

CODE = 77


def die(*_: Any, **__: Any) -> Any:
    """End at once, as by SIGKILL: nothing is closed, rolled back or flushed."""
    os._exit(CODE)


def then_die(function: Callable[..., Any]) -> Callable[..., Any]:
    def run(*args: Any, **kwargs: Any) -> None:
        function(*args, **kwargs)
        die()

    return run


# Where each step dies: the name in `placing`, and whether its own work is done first.
STEPS: dict[str, tuple[str, bool]] = {
    "before the claim": ("take_call_slot", False),
    "before the claim commits": ("_claim_for_placing", True),
    "before the request": ("carrier_for", False),
    "after the answer": ("_bind", False),
    "before the answer commits": ("_bind", True),
}


def main(tenant_id: str, attempt_id: str, step: str, instant: str) -> None:
    """Place the attempt and die on the way, or during the request when the parent kills us there."""
    connection.settings_dict["OPTIONS"]["assume_role"] = "app_rt"
    if step in STEPS:
        name, works_first = STEPS[step]
        setattr(placing, name, then_die(getattr(placing, name)) if works_first else die)
    at = datetime.fromisoformat(instant)
    placing.place_attempt(tenant_id=int(tenant_id), attempt_id=UUID(attempt_id), now=lambda: at)


if __name__ == "__main__":
    main(*sys.argv[1:])
