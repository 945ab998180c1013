"""The Celery application: messages only wake workers, the database says what is to be done."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.base")

app = Celery("fairdial")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
