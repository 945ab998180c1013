from django.urls import path

from apps.organisation.views import people, settings

app_name = "organisation"
urlpatterns = [
    path("settings/", settings.settings_edit, name="settings"),
    path("settings/stops/", settings.stops, name="stops"),
    path("settings/stops/add/", settings.stop_add, name="stop_add"),
    path("settings/stops/<str:jurisdiction>/lift/", settings.stop_lift, name="stop_lift"),
    path("members/", people.members, name="members"),
    path("members/invite/", people.member_invite, name="member_invite"),
    path("members/roles/", people.roles, name="roles"),
    path("members/<int:member_id>/role/", people.member_role, name="member_role"),
    path("members/<int:member_id>/phone/", people.member_phone, name="member_phone"),
    path("members/<int:member_id>/deactivate/", people.member_deactivate, name="member_deactivate"),
    path("members/<int:member_id>/reactivate/", people.member_reactivate, name="member_reactivate"),
    path("invitations/<int:invitation_id>/withdraw/", people.invitation_withdraw, name="invitation_withdraw"),
]
