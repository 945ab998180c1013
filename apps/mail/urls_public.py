from django.urls import path

from apps.mail.views import public

app_name = "mail_stop"
urlpatterns = [path("stop/<str:token>/", public.stop, name="stop")]
