"""Writes about a person's own account; what concerns a tenant's members is in `organisation`."""

from apps.accounts.models import User


def set_preferences(*, user: User, name: str, language: str) -> None:
    """Keep the person's name as colleagues see it, and the language (a code of settings.LANGUAGES) of their pages."""
    user.name, user.language = name, language
    user.save(update_fields=["name", "language"])
