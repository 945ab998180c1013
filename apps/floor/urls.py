from django.urls import path

from apps.floor.views import callbacks, left_open, recordings
from apps.floor.views import floor as views

app_name = "floor"
urlpatterns = [
    path("floor/", views.floor, name="floor"),
    path("floor/state", views.state, name="state"),
    path("floor/notice", views.notice, name="notice"),
    path("floor/break", views.send_on_break, name="break"),
    path("floor/move", views.move, name="move"),
    path("floor/log-out", views.log_out, name="log_out"),
    path("floor/help", views.answer_help, name="help"),
    path("floor/listen", views.listen, name="listen"),
    path("floor/stance", views.stance, name="stance"),
    path("floor/leave", views.leave, name="leave"),
    path("floor/phone-access", views.phone_access, name="phone_access"),
    path("callbacks/", callbacks.callbacks, name="callbacks"),
    path("callbacks/<int:callback_id>/", callbacks.callback, name="callback"),
    path("callbacks/<int:callback_id>/reassign/", callbacks.reassign, name="callback_reassign"),
    path("callbacks/<int:callback_id>/cancel/", callbacks.cancel, name="callback_cancel"),
    path("left-open/", left_open.left_open, name="left_open"),
    path("left-open/<uuid:attempt_id>/", left_open.left_open_call, name="left_open_call"),
    path("recordings/", recordings.recordings, name="recordings"),
    path("recordings/<int:recording_id>/", recordings.recording, name="recording"),
    path("recordings/<int:recording_id>/sound.wav", recordings.recording_sound, name="recording_sound"),
]
