"""What the API is measured against: a Django view with one INSERT, and leads taken as Django REST framework's own
serializers take them, one by one.
"""

import json

import phonenumbers
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.leads.models import Lead, LeadList, Place
from apps.tenants.scope import get_tenant_id, tenant_scope


@csrf_exempt
def insert(request: HttpRequest) -> HttpResponse:
    """Read JSON, insert it, answer."""
    if request.method == "GET":
        return HttpResponse()
    body = json.loads(request.body)
    with connection.cursor() as cursor:
        cursor.execute("insert into bench_lead (phone, body) values (%s, %s)", [body["phone"], request.body.decode()])
    return JsonResponse({"result": "created"}, status=201)


class LeadSerializer(serializers.ModelSerializer[Lead]):
    """A lead as the framework's tutorial would have it, with the number checked by phonenumbers."""

    custom = serializers.JSONField(required=False)

    class Meta:
        model = Lead
        fields = ("phone", "first_name", "last_name", "email", "state", "postal_code", "external_id", "custom")

    def validate_phone(self, value: str) -> str:
        number = phonenumbers.parse(value, "US")
        if not phonenumbers.is_valid_number(number):
            raise serializers.ValidationError("This is no phone number.")
        return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


class ManyView(APIView):
    """`many=True`: validate every row, save every row."""

    def post(self, request: Request) -> Response:
        with tenant_scope(int(request.query_params["tenant"])):
            serializer = LeadSerializer(data=request.data["leads"], many=True)
            serializer.is_valid(raise_exception=True)
            serializer.save(
                tenant_id=get_tenant_id(),
                lead_list=LeadList.objects.get(id=request.query_params["list"]),
                place=Place.objects.order_by("id")[0],
                region="US",
            )
            return Response(serializer.data, status=201)


urlpatterns = [path("insert", insert), path("many", ManyView.as_view())]
