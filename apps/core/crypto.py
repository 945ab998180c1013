"""Secrets at rest: a text field that is encrypted in the database."""

from functools import lru_cache
from typing import Any

from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import models


@lru_cache(maxsize=1)
def cipher() -> MultiFernet:
    """The cipher of FIELD_KEYS: the first key encrypts, all decrypt, so keys can be rotated.

    Raises ImproperlyConfigured when there is no key.
    """
    if not settings.FIELD_KEYS:
        raise ImproperlyConfigured("FIELD_KEYS is empty; set it to at least one Fernet key.")
    return MultiFernet([Fernet(key) for key in settings.FIELD_KEYS])


class EncryptedTextField(models.TextField):  # type: ignore[type-arg]  # the stubs make the base generic, Django does not
    """Text that is stored encrypted; it cannot be searched."""

    def get_prep_value(self, value: Any) -> Any:  # noqa: ANN401 - Django's own signature
        if value in (None, ""):
            return value
        return cipher().encrypt(str(value).encode()).decode()

    def from_db_value(self, value: str | None, *_: object) -> str | None:
        if not value:
            return value
        return cipher().decrypt(value.encode()).decode()
