"""Pages about lead sources, below /t/<slug>/. The REST endpoints are in `urls_rest`."""

from django.urls import path

from apps.api.views import keys

app_name = "api"
urlpatterns = [
    path("sources/", keys.key_list, name="key_list"),
    path("sources/new/", keys.key_create, name="key_create"),
    path("sources/mine/", keys.own_source, name="own_source"),
    path("sources/<int:key_id>/", keys.key_detail, name="key"),
    path("sources/<int:key_id>/change/", keys.key_change, name="key_change"),
    path("sources/<int:key_id>/renew/", keys.key_renew, name="key_renew"),
    path("sources/<int:key_id>/revoke/", keys.key_revoke, name="key_revoke"),
]
