"""The floor's event stream, below /live/t/<slug>/."""

from django.urls import path

from apps.floor import live

app_name = "floor_live"
urlpatterns = [path("floor", live.floor_stream, name="floor")]
