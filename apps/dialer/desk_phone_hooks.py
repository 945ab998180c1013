"""The carrier's callbacks about agents' own telephones."""

import re
from datetime import datetime

from django.http import HttpRequest, HttpResponse

from apps.agents.models import AgentSession
from apps.calls.addresses import room_name
from apps.dialer.webhooks import carrier_hook, read_sid, xml
from apps.telephony.addresses import REPEATED, hook_url
from apps.telephony.twiml import answers
from apps.telephony.twiml.desk_phone import JOIN_KEY, ask_to_join


@carrier_hook
def desk_phone(request: HttpRequest, tenant_id: int, at: datetime) -> HttpResponse:
    """An agent's telephone was answered: into their conference, once the key is pressed."""
    key, digits = request.GET.get("s", ""), request.POST.get("Digits")
    session = _session(key, read_sid(request, "CallSid", "CA"))
    if session is None or digits not in {None, JOIN_KEY}:
        return xml(answers.hang_up())
    if digits is None:
        next_url = hook_url(tenant_id, "desk_phone", s=key)
        return xml(ask_to_join(seller=session.tenant.seller, next_url=next_url))
    return xml(
        answers.join_conference(
            room=room_name(tenant_id, session.id),
            label=f"agent-{session.id}",
            conference_url=hook_url(tenant_id, "conference") + REPEATED,
        )
    )


def _session(key: str, sid: str) -> AgentSession | None:
    """The shift whose telephone this is; its own leg only, which the carrier may tell of before we know its name."""
    if not re.fullmatch("[0-9]{1,18}", key):
        return None
    rows = AgentSession.objects.filter(is_by_phone=True, ended_at__isnull=True, leg_sid__in=["", sid])
    return rows.select_related("tenant").filter(id=int(key)).first()
