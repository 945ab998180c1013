"""The API's description for machines, and a page of it for people that needs nothing from outside."""

from functools import lru_cache
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from drf_spectacular.generators import SchemaGenerator


@lru_cache(maxsize=1)
def schema() -> dict[str, Any]:
    """The OpenAPI description, made once per process."""
    generator: Any = SchemaGenerator  # drf-spectacular has no types
    result: dict[str, Any] = generator().get_schema(request=None, public=True)
    return result


@require_safe
def openapi(request: HttpRequest) -> JsonResponse:
    """The OpenAPI 3.1 description; it says nothing of any tenant, so it needs no key."""
    return JsonResponse(schema())


@require_safe
def docs(request: HttpRequest) -> HttpResponse:
    """The same to read and to try out."""
    return render(request, "api/docs.html")
