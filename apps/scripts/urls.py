from django.urls import path

from apps.scripts.views import builder, compare, scripts

app_name = "scripts"
urlpatterns = [
    path("scripts/", scripts.script_list, name="script_list"),
    path("scripts/new/", builder.script_create, name="script_create"),
    path("scripts/<int:script_id>/", scripts.script_detail, name="script_detail"),
    path("scripts/<int:script_id>/compare/", compare.script_compare, name="script_compare"),
    path("scripts/<int:script_id>/run/", scripts.script_run, name="script_run"),
    path("scripts/<int:script_id>/edit/", builder.script_edit, name="script_edit"),
    path("scripts/<int:script_id>/add-question/", builder.question_create, name="question_create"),
    path("scripts/<int:script_id>/questions/<slug:key>/", builder.question_edit, name="question_edit"),
    path("scripts/<int:script_id>/questions/<slug:key>/move/", builder.question_move, name="question_move"),
    path("scripts/<int:script_id>/questions/<slug:key>/remove/", builder.question_remove, name="question_remove"),
    path("scripts/<int:script_id>/submit/", scripts.script_submit, name="script_submit"),
    path("scripts/<int:script_id>/decide/", scripts.script_decide, name="script_decide"),
    path("scripts/<int:script_id>/archive/", scripts.script_archive, name="script_archive"),
    path("scripts/<int:script_id>/restore/", scripts.script_restore, name="script_restore"),
]
