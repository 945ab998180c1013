"""What views read from requests."""

import json
from math import isfinite
from typing import Any

from django.http import HttpRequest

from apps.core.errors import InvalidError


def read_object(request: HttpRequest) -> dict[str, Any]:
    """The JSON object in the body, empty for an empty body; what the database cannot keep is dropped from its texts.

    Raises InvalidError.
    """
    try:
        data = _storable(json.loads(request.body or b"{}"))
    except (ValueError, RecursionError):
        data = None
    if not isinstance(data, dict):
        raise InvalidError("Send a JSON object.")
    return data


def _storable(value: Any) -> Any:  # noqa: ANN401 - a JSON value
    """The value without NUL characters and lone surrogates. Raises ValueError for a number that JSON has not."""
    match value:
        case str():
            return value.replace("\0", "").encode(errors="ignore").decode()
        case dict():
            return {_storable(name): _storable(item) for name, item in value.items()}
        case list():
            return [_storable(item) for item in value]
        case float() if not isfinite(value):
            raise ValueError("not a JSON number")
    return value
