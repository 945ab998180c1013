"""The carrier's callbacks about calls with which people test their own phones."""

import re
from datetime import datetime

from django.http import HttpRequest, HttpResponse

from apps.core.jobs import enqueue
from apps.dialer.webhooks import carrier_hook, read_sid, xml
from apps.telephony.addresses import REPEATED, hook_url
from apps.telephony.twiml import answers
from apps.telephony.twiml.test_call import ask_to_speak, play_back


@carrier_hook
def test_call(request: HttpRequest, tenant_id: int, at: datetime) -> HttpResponse:
    """A browser has answered its own test call, or has spoken."""
    if not re.fullmatch(rf"client:t{tenant_id}_c[0-9]+", request.POST.get("To", "")):
        return xml(answers.hang_up())
    if recording_url := request.POST.get("RecordingUrl"):
        return xml(play_back(recording_url=recording_url))
    over_url = hook_url(tenant_id, "test_call_over") + REPEATED
    return xml(ask_to_speak(next_url=hook_url(tenant_id, "test_call"), kept_url=over_url))


@carrier_hook
def test_call_over(request: HttpRequest, tenant_id: int, at: datetime) -> HttpResponse:
    """A test call or its recording is over, in either order: nothing of it is kept."""
    sid = read_sid(request, "CallSid", "CA")
    if sid:
        enqueue("agents.forget_test_call", tenant_id=tenant_id, sid=sid)
    return HttpResponse(status=204)
