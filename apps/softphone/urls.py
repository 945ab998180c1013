from django.urls import path

from apps.softphone import views, views_callbacks, views_mail, views_transfers

app_name = "softphone"
urlpatterns = [
    path("desk/", views.desk, name="desk"),
    path("desk/state", views.state, name="state"),
    path("desk/search", views.search, name="search"),
    path("desk/calendar", views_callbacks.calendar, name="calendar"),
    path("desk/callbacks/", views_callbacks.callbacks, name="callbacks"),
    path("desk/callbacks/<int:callback_id>/", views_callbacks.callback, name="callback"),
    path("desk/mail", views_mail.mail, name="mail"),
    path("desk/mail/send", views_mail.mail_send, name="mail_send"),
    path("desk/mail/stop", views_mail.mail_stop, name="mail_stop"),
    path("desk/start", views.start, name="start"),
    path("desk/ready", views.ready, name="ready"),
    path("desk/break", views.take_break, name="break"),
    path("desk/end", views.end, name="end"),
    path("desk/dial", views.dial, name="dial"),
    path("desk/skip", views.skip, name="skip"),
    path("desk/phone", views.phone, name="phone"),
    path("desk/phone-access", views.phone_access, name="phone_access"),
    path("desk/sounds/<slug:sound>.wav", views.sound, name="sound"),
    path("desk/hold", views.hold, name="hold"),
    path("desk/transfer", views_transfers.transfer, name="transfer"),
    path("desk/leave", views_transfers.leave, name="leave"),
    path("desk/call-off", views_transfers.call_off, name="call_off"),
    path("desk/voicemail", views_transfers.voicemail, name="voicemail"),
    path("desk/recording", views.recording, name="recording"),
    path("desk/voice", views.voice, name="voice"),
    path("desk/hangup", views.hang_up, name="hangup"),
    path("desk/dispose", views.dispose, name="dispose"),
    path("desk/draft", views.draft, name="draft"),
    path("desk/help", views.help_me, name="help"),
    path("desk/notice-seen", views.notice_seen, name="notice_seen"),
    path("desk/ping", views.ping, name="ping"),
]
