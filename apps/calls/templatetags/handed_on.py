"""Transfers and voicemail messages of a call in templates."""

from typing import Any

from django import template

from apps.calls.models import Attempt
from apps.calls.wording import handed_on_texts

register = template.Library()


@register.inclusion_tag("calls/_handed_on.html")
def handed_on(attempt: Attempt) -> dict[str, Any]:
    """What became of a call after its agent handed it on; nothing for most."""
    return {"texts": handed_on_texts(attempt)}
