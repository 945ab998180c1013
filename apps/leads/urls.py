from django.urls import path

from apps.leads.views import imports, leads, lists

app_name = "leads"
urlpatterns = [
    path("lists/", lists.list_list, name="list_list"),
    path("lists/new/", lists.list_create, name="list_create"),
    path("lists/<int:list_id>/", lists.list_detail, name="list_detail"),
    path("lists/<int:list_id>/edit/", lists.list_edit, name="list_edit"),
    path("lists/<int:list_id>/archive/", lists.list_archive, name="list_archive"),
    path("lists/<int:list_id>/restore/", lists.list_restore, name="list_restore"),
    path("lists/<int:list_id>/leads/new/", leads.lead_create, name="lead_create"),
    path("lists/imports/new/", imports.import_create, name="import_create"),
    path("lists/imports/<int:import_id>/columns/", imports.import_map, name="import_map"),
    path("lists/imports/<int:import_id>/", imports.import_detail, name="import_detail"),
    path("lists/imports/<int:import_id>/live.json", imports.import_live, name="import_live"),
    path("lists/imports/<int:import_id>/rejects.csv", imports.import_rejects, name="import_rejects"),
    path("lists/leads/", leads.lead_search, name="lead_search"),
    path("lists/leads/<int:lead_id>/", leads.lead_detail, name="lead_detail"),
    path("lists/leads/<int:lead_id>/edit/", leads.lead_edit, name="lead_edit"),
]
