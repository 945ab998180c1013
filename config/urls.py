"""All addresses: pages under /t/<tenant>/, carrier callbacks under /hooks/, streams under /live/, REST under /api/v1/."""

from django.urls import include, path

urlpatterns = [
    path("accounts/", include("allauth.urls")),
    path("", include("apps.core.urls")),
]
