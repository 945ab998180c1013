"""The one way to start background work: by task name, after commit."""

from threading import Lock
from typing import Any

from celery import current_app
from django.db import transaction

_loading = Lock()


def enqueue(name: str, **kwargs: Any) -> None:  # noqa: ANN401 - a task's arguments are JSON values of any type
    """Send the task `name` when the surrounding transaction commits, at once when there is none.

    The message only wakes a worker: all state is in the database, so a lost or doubled message changes nothing, and
    one that cannot be sent (it is logged) must not turn what was committed into an error. Raises KeyError when no such
    task exists.
    """
    with _loading:
        if name not in current_app.tasks:
            # A process that is no worker has not loaded the task modules yet.
            current_app.loader.import_default_modules()
    task = current_app.tasks[name]
    transaction.on_commit(lambda: task.apply_async(kwargs=kwargs), robust=True)
