"""The desk's event stream, below /live/t/<slug>/."""

from django.urls import path

from apps.softphone import live

app_name = "softphone_live"
urlpatterns = [path("desk", live.desk_stream, name="desk")]
