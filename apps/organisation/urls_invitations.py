from django.urls import path

from apps.organisation.views import invitations

app_name = "invitations"
urlpatterns = [path("<str:token>/", invitations.accept, name="accept")]
