from django.urls import path

from apps.floor import views

app_name = "floor"
urlpatterns = [
    path("floor/", views.floor, name="floor"),
    path("floor/state", views.state, name="state"),
    path("floor/notice", views.notice, name="notice"),
    path("floor/break", views.send_on_break, name="break"),
    path("floor/move", views.move, name="move"),
    path("floor/log-out", views.log_out, name="log_out"),
    path("floor/help", views.answer_help, name="help"),
]
