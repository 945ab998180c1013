from django.urls import path

from apps.accounts import views

app_name = "accounts"
urlpatterns = [
    path("", views.home, name="home"),
    path("t/<slug:slug>/", views.tenant_home, name="tenant_home"),
    path("accounts/second-factor/<slug:slug>/", views.second_factor, name="second_factor"),
    path("accounts/preferences/", views.preferences, name="preferences"),
]
