"""The agent's standing leg at the carrier, through `calls.placing` like every call."""

import logging

from apps.agents.models import AgentSession
from apps.calls import placing
from apps.campaigns.models import Campaign
from apps.telephony.errors import CarrierError
from apps.telephony.models import CallerId
from apps.tenants.scope import tenant_scope

logger = logging.getLogger(__name__)


def _caller_id(campaign: Campaign) -> CallerId | None:
    if campaign.caller_id_id is None:
        return None
    return CallerId.objects.select_related("account").filter(id=campaign.caller_id_id).first()


def connect_leg(*, tenant_id: int, session_id: int) -> None:
    """Ring the agent's client into the standing conference; the conference's callback says when it is there."""
    with tenant_scope(tenant_id):
        session = AgentSession.objects.select_related("campaign").filter(id=session_id, ended_at__isnull=True).first()
        if session is None or session.is_leg_connected:
            return
        caller_id = _caller_id(session.campaign)
    if caller_id is None:
        return
    try:
        sid = placing.connect_agent(
            tenant_id=tenant_id,
            account=caller_id.account,
            caller_id=caller_id,
            session_id=session_id,
            user_id=session.user_id,
        )
    except CarrierError as error:
        logger.warning("agent.leg_failed", extra={"session": session_id, "code": error.code})
        return
    with tenant_scope(tenant_id):
        AgentSession.objects.filter(id=session_id, leg_sid="").update(leg_sid=sid)


def end_leg(*, tenant_id: int, session_id: int) -> None:
    """Hang up the standing leg of a closed session."""
    with tenant_scope(tenant_id):
        session = AgentSession.objects.select_related("campaign").get(id=session_id)
        caller_id = _caller_id(session.campaign)
    if caller_id is not None and session.leg_sid:
        placing.end_leg(account=caller_id.account, sid=session.leg_sid)
