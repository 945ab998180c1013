"""The Celery application: messages only wake workers, the database says what is to be done."""

import os
from typing import Any

from celery import Celery
from celery.signals import beat_init, worker_init

from config.startup import UnsafeStartError, refuse_unsafe_start

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.base")

app = Celery("fairdial")
# For every thread of the process, not only the one that imports this.
app.set_default()
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_init.connect
@beat_init.connect
def check_start(**_: Any) -> None:  # noqa: ANN401 - celery's own
    """End the process with the reasons when it must not run."""
    try:
        refuse_unsafe_start()
    except UnsafeStartError as error:
        raise SystemExit(str(error)) from error
