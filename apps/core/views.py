from django.db import connection
from django.http import HttpRequest, JsonResponse

from apps.core.publish import client


def health(request: HttpRequest) -> JsonResponse:
    """200 when the database and Valkey answer; no data of any tenant."""
    with connection.cursor() as cursor:
        cursor.execute("select 1")
    client().ping()
    return JsonResponse({"status": "ok"})
