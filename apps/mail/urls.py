from django.urls import path

from apps.mail.views import pages

app_name = "mail"
urlpatterns = [
    path("mail/", pages.template_list, name="template_list"),
    path("mail/new/", pages.template_create, name="template_create"),
    path("mail/templates/<int:template_id>/", pages.template_edit, name="template_edit"),
    path("mail/sent/", pages.sent, name="sent"),
    path("mail/stopped/", pages.stopped, name="stopped"),
    path("mail/stopped/add/", pages.stop_add, name="stop_add"),
]
