#!/usr/bin/env python
"""Django's command line for Fairdial. Without configuration it works on what `make run` has started."""

import os
import sys

from django.core.management import execute_from_command_line
from django.db import OperationalError

from ops import running
from ops.places import RUN_DIR

# Starts services of its own, on a clock of its own.
ALONE = {"rehearse"}
NO_DATABASE = (
    "No database: DATABASE_URL is not set and nothing runs here. Start it with `make run`, or set DATABASE_URL."
)


def main(arguments: list[str]) -> None:
    """Run a command; exit code 2 when it needs a database and there is none."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.base")
    if ALONE.isdisjoint(arguments[1:2]):
        running.join(os.environ, run_dir=RUN_DIR)
    try:
        execute_from_command_line(arguments)
    except OperationalError:
        if os.environ.get("DATABASE_URL"):
            raise
        sys.stderr.write(f"{NO_DATABASE}\n")
        sys.exit(2)


if __name__ == "__main__":
    main(sys.argv)
