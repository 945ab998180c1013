"""Event streams, below /live/t/<slug>/."""

from django.urls import path

from apps.leads import live

app_name = "leads_live"
urlpatterns = [path("imports/<int:import_id>", live.import_stream, name="import")]
