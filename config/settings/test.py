"""Settings of the test suite: cheap password hashes, real PostgreSQL and Valkey from the environment."""

import os

os.environ.setdefault("SECRET_KEY", "test-suite-signing-value-0123456789-abcdefghij")
os.environ.setdefault("FIELD_KEYS", "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=")

from config.settings.base import *  # noqa: F403 - the environment above must be set first

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
LOGGING_CONFIG = None
# Nothing is collected for tests: static files come from where they are written.
WHITENOISE_AUTOREFRESH = True
