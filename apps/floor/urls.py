from django.urls import path

from apps.floor import views

app_name = "floor"
urlpatterns = [
    path("floor/", views.floor, name="floor"),
    path("floor/state", views.state, name="state"),
]
