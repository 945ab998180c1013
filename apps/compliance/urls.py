from django.urls import path

from apps.compliance import views

app_name = "compliance"
urlpatterns = [
    path("dnc/", views.dnc_list, name="dnc_list"),
    path("dnc/add/", views.dnc_add, name="dnc_add"),
    path("dnc/<int:entry_id>/remove/", views.dnc_remove, name="dnc_remove"),
    path("dnc/registers/", views.register_list, name="register_list"),
    path("dnc/registers/load/", views.register_load, name="register_load"),
    path("dnc/number/", views.number_detail, name="number_detail"),
    path("dnc/number/consent/", views.consent_add, name="consent_add"),
    path("dnc/number/revoke/", views.consent_revoke, name="consent_revoke"),
]
