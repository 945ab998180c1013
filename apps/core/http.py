"""What views read from requests."""

import json
from typing import Any

from django.http import HttpRequest

from apps.core.errors import InvalidError


def read_object(request: HttpRequest) -> dict[str, Any]:
    """The JSON object in the body, empty for an empty body. Raises InvalidError."""
    try:
        data = json.loads(request.body or b"{}")
    except ValueError:
        data = None
    if not isinstance(data, dict):
        raise InvalidError("Send a JSON object.")
    return data
