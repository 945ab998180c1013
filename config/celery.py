"""The Celery application: messages only wake workers, the database says what is to be done."""

import os
from typing import Any

from celery import Celery
from celery.signals import beat_init, task_postrun, task_prerun, worker_init
from django.db import close_old_connections

from apps.core.checks import SAFE_START
from config.startup import UnsafeStartError, refuse_unsafe_start

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.base")
# Django's own checks would import every page; the web process runs them.
os.environ.setdefault("CELERY_SKIP_CHECKS", "1")

app = Celery("fairdial")
# For every thread of the process, not only the one that imports this.
app.set_default()
app.config_from_object("django.conf:settings", namespace="CELERY")
# Celery would close the database connection after each task; a dialler's tasks are shorter than connecting.
app.conf["CELERY_DB_REUSE_MAX"] = 2**31
app.autodiscover_tasks()


@task_prerun.connect
@task_postrun.connect
def renew_connections(**_: Any) -> None:  # noqa: ANN401 - celery's own
    """Close connections that are too old or broken, as Django does around a request."""
    close_old_connections()


@worker_init.connect
@beat_init.connect
def check_start(**_: Any) -> None:  # noqa: ANN401 - celery's own
    """End the process with the reasons when it must not run."""
    try:
        refuse_unsafe_start(tags=[SAFE_START])
    except UnsafeStartError as error:
        raise SystemExit(str(error)) from error
