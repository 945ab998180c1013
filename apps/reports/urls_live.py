"""Event streams, below /live/t/<slug>/."""

from django.urls import path

from apps.reports import live

app_name = "reports_live"
urlpatterns = [
    path("campaigns", live.campaigns_stream, name="campaigns"),
    path("campaigns/<int:campaign_id>", live.campaigns_stream, name="campaign"),
]
