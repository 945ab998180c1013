"""What came after a call in templates: transfers, a voicemail message, the person ringing back."""

from typing import Any

from django import template

from apps.calls.models import Attempt
from apps.calls.wording import handed_on_texts

register = template.Library()


@register.inclusion_tag("calls/_handed_on.html")
def handed_on(attempt: Attempt) -> dict[str, Any]:
    """What came after a call; nothing for most."""
    return {"texts": handed_on_texts(attempt)}
