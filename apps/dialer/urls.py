from django.urls import path

from apps.dialer import desk_phone_hooks, inbound_hooks, test_call_hooks, transfer_hooks, webhooks
from apps.telephony import webhooks as account_webhooks

app_name = "hooks"
urlpatterns = [
    path("<int:tenant_id>/voice/answer", webhooks.answer, name="answer"),
    path("<int:tenant_id>/voice/fallback", webhooks.fallback, name="fallback"),
    path("<int:tenant_id>/voice/status", webhooks.status, name="status"),
    path("<int:tenant_id>/voice/amd", webhooks.amd, name="amd"),
    path("<int:tenant_id>/voice/conference", webhooks.conference, name="conference"),
    path("<int:tenant_id>/voice/recording", webhooks.recording, name="recording"),
    path("<int:tenant_id>/voice/optout", webhooks.optout, name="optout"),
    path("<int:tenant_id>/voice/wait", webhooks.wait, name="wait"),
    path("<int:tenant_id>/voice/choice", webhooks.choice, name="choice"),
    path("<int:tenant_id>/voice/target", transfer_hooks.target, name="target"),
    path("<int:tenant_id>/voice/returned", transfer_hooks.returned, name="returned"),
    path("<int:tenant_id>/voice/desk-phone", desk_phone_hooks.desk_phone, name="desk_phone"),
    path("<int:tenant_id>/voice/test-call", test_call_hooks.test_call, name="test_call"),
    path("<int:tenant_id>/voice/test-call-over", test_call_hooks.test_call_over, name="test_call_over"),
    path("<int:tenant_id>/voice/inbound", inbound_hooks.inbound, name="inbound"),
    path("<int:tenant_id>/voice/inbound-choice", inbound_hooks.inbound_choice, name="inbound_choice"),
    path("<int:tenant_id>/voice/inbound-over", inbound_hooks.inbound_over, name="inbound_over"),
    path("<int:tenant_id>/account/event", account_webhooks.event, name="event"),
]
