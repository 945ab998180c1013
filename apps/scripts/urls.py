from django.urls import path

from apps.scripts import views

app_name = "scripts"
urlpatterns = [
    path("scripts/", views.script_list, name="script_list"),
    path("scripts/new/", views.script_create, name="script_create"),
    path("scripts/<int:script_id>/", views.script_detail, name="script_detail"),
    path("scripts/<int:script_id>/edit/", views.script_edit, name="script_edit"),
    path("scripts/<int:script_id>/archive/", views.script_archive, name="script_archive"),
    path("scripts/<int:script_id>/restore/", views.script_restore, name="script_restore"),
]
