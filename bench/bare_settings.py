"""The product's settings without middleware and sign-in, for the views that the API is measured against."""

from config.settings.base import *  # noqa: F403 - a variant of them
from config.settings.base import INSTALLED_APPS as ALL_APPS

INSTALLED_APPS = [app for app in ALL_APPS if not app.startswith("allauth")]
MIDDLEWARE: list[str] = []
ROOT_URLCONF = "bench.bare_urls"
