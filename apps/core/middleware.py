"""Gives every request an id that its log lines and audit entries carry."""

import uuid
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from apps.core.logs import request_id


class RequestIdMiddleware:
    """Sets the request id for the time of the request and returns it in `X-Request-Id`."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        token = request_id.set(uuid.uuid4().hex)
        try:
            response = self.get_response(request)
            response.headers["X-Request-Id"] = request_id.get()
            return response
        finally:
            request_id.reset(token)
