"""The REST endpoints below /api/v1/, their description and its page."""

from django.urls import path, re_path

from apps.api.http import NothingHereView
from apps.api.views import docs, rest

app_name = "rest"
urlpatterns = [
    path("leads", rest.LeadsView.as_view(), name="leads"),
    path("leads/batch", rest.BatchView.as_view(), name="batch"),
    path("leads/<str:lead_id>", rest.LeadView.as_view(), name="lead"),
    path("leads/<str:lead_id>/attempts", rest.AttemptsView.as_view(), name="attempts"),
    path("openapi.json", docs.openapi, name="openapi"),
    path("docs/", docs.docs, name="docs"),
    re_path("", NothingHereView.as_view(), name="nothing_here"),
]
