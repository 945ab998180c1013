"""All addresses: pages under /t/<tenant>/, carrier callbacks under /hooks/, streams under /live/, REST under /api/v1/."""

from django.urls import include, path

# Apps whose urls.py is below a tenant's path; each view takes `slug` first.
TENANT_APPS = (
    "api",
    "audit",
    "compliance",
    "campaigns",
    "floor",
    "leads",
    "mail",
    "organisation",
    "reports",
    "scripts",
    "softphone",
    "telephony",
)

urlpatterns = [
    path("", include("apps.core.urls")),
    path("", include("apps.accounts.urls")),
    path("api/v1/", include("apps.api.urls_rest")),
    path("hooks/", include("apps.dialer.urls")),
    path("accounts/", include("allauth.urls")),
    path("mail/", include("apps.mail.urls_public")),
    path("invitations/", include("apps.organisation.urls_invitations")),
    *(path("t/<slug:slug>/", include(f"apps.{app}.urls")) for app in TENANT_APPS),
    path("live/t/<slug:slug>/", include("apps.reports.urls_live")),
    path("live/t/<slug:slug>/", include("apps.leads.urls_live")),
    path("live/t/<slug:slug>/", include("apps.softphone.urls_live")),
    path("live/t/<slug:slug>/", include("apps.floor.urls_live")),
]
