"""A process that serves or works does not start without its secrets; offline commands need none."""

from collections.abc import Sequence
from typing import Any, Final

from cryptography.fernet import Fernet
from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error

# Tag of the checks without which no process of ours may work.
SAFE_START: Final = "safe_start"


def check_secrets(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:  # noqa: ANN401 - Django's own
    """SECRET_KEY is set, and FIELD_KEYS holds keys that work."""
    if settings.OFFLINE:
        return [Error("SECRET_KEY is not set.", hint="Set it to 50 or more random characters.", id="core.E001")]
    if not settings.FIELD_KEYS:
        return [Error("FIELD_KEYS is not set.", hint="Set it to a Fernet key.", id="core.E002")]
    for number, key in enumerate(settings.FIELD_KEYS, start=1):
        try:
            Fernet(key)
        except ValueError:
            hint = "A key is 32 random bytes in URL-safe base64."
            return [Error(f"Key {number} of FIELD_KEYS is not a Fernet key.", hint=hint, id="core.E003")]
    return []
