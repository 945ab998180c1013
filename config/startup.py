"""What a process that serves or works makes sure of before it does anything."""

from collections.abc import Sequence

import django
from django.core.checks import run_checks
from django.core.exceptions import ImproperlyConfigured
from django.db import connections


class UnsafeStartError(ImproperlyConfigured):
    """The process must not run like this; the message lists every reason and its fix."""


def refuse_unsafe_start(*, tags: Sequence[str] | None = None) -> None:
    """Raise UnsafeStartError unless every check passes: secrets, database role, rulebook, zone data, and Django's own.

    `tags` are the checks to run, all by default. Leaves no database connection open, so that a worker may fork
    afterwards.
    """
    # A worker's signal may come before its apps, and with them their checks, are loaded.
    django.setup()
    messages = run_checks(tags=tags, include_deployment_checks=True, databases=["default"])
    connections.close_all()
    errors = [message for message in messages if message.is_serious()]
    if errors:
        reasons = "\n".join(f"- {error.msg} {error.hint or ''}".rstrip() for error in errors)
        raise UnsafeStartError(f"Refusing to start:\n{reasons}")
