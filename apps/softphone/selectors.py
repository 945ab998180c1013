"""What the desk shows: one plain value, computed from rows, so that a reload shows exactly what the server knows."""

from datetime import datetime, timedelta
from typing import Any

from apps.accounts.models import User
from apps.agents.models import AgentSession, AgentState, Notice
from apps.agents.selectors import approved_phone, find_lost_line, find_session, list_listenings, list_notices
from apps.calls.models import Attempt, Callback, CallNote
from apps.calls.selectors import list_callbacks_of, list_notes_to
from apps.campaigns.models import Campaign, CampaignLead, CampaignList, Disposition
from apps.campaigns.selectors import list_dispositions
from apps.core.templatetags.ui import phone as phone_text
from apps.leads.selectors import search_leads
from apps.softphone.contact import contact_card, find_campaign_lead
from apps.softphone.handing_on import handing_on_state
from apps.softphone.recording import recording_state
from apps.softphone.wording import break_text, lost_line_text

# Call-backs due within this are shown as coming up.
AHEAD = timedelta(hours=12)
# A supervisor's messages stay on the desk for the working day.
NOTICES_KEPT = timedelta(hours=16)
FOUND = 20
JOINABLE = (Campaign.State.RUNNING, Campaign.State.PAUSED, Campaign.State.SCHEDULED)


def list_campaigns_to_join() -> list[Campaign]:
    """Campaigns at whose desk somebody can sit, running ones first."""
    found = Campaign.objects.filter(state__in=JOINABLE).order_by("name", "id")
    return sorted(found, key=lambda campaign: campaign.state != Campaign.State.RUNNING)


def find_campaign_to_join(campaign_id: int) -> Campaign | None:
    """A campaign at whose desk somebody can sit, or None."""
    return Campaign.objects.filter(id=campaign_id, state__in=JOINABLE).first()


def desk_state(user: User, *, at: datetime) -> dict[str, Any]:
    """Everything the desk shows to `user` at `at`: JSON values, instants as ISO 8601 in UTC.

    `campaigns` are there when one can be chosen: without a session and on break.
    """
    session = find_session(user.id)
    if session is None:
        return {"session": None, "campaigns": [_campaign(item) for item in list_campaigns_to_join()]}
    is_free = session.state == AgentState.BREAK
    lead_id = session.preview_lead_id or (session.attempt.campaign_lead_id if session.attempt else None)
    contact = contact_card(find_campaign_lead(lead_id), user, session.attempt) if lead_id else None
    return {
        "session": _session(session),
        "campaign": _campaign(session.campaign),
        "campaigns": [_campaign(item) for item in list_campaigns_to_join()] if is_free else [],
        "dispositions": [_disposition(item) for item in list_dispositions(session.campaign)],
        "contact": contact,
        "attempt": _attempt(session.attempt) if session.attempt else None,
        "handing_on": handing_on_state(session),
        "recording": recording_state(session.attempt) if session.attempt else None,
        "draft": session.draft,
        "callbacks": [_callback(item, at) for item in _callbacks(user.id, until=at + AHEAD)],
        "listeners": _listeners(session),
        "lost_line": _lost_line(session),
        "coaching": [_coaching(item) for item in list_notes_to(user.id, since=at - NOTICES_KEPT)[:FOUND]],
        "notices": [_notice(item) for item in list_notices(user.id, since=at - NOTICES_KEPT)[:FOUND]],
    }


def _session(session: AgentSession) -> dict[str, Any]:
    return {
        "id": session.id,
        "state": session.state,
        "state_label": session.get_state_display(),
        "since": session.state_since.isoformat(),
        "break_reason": session.break_reason if session.state == AgentState.BREAK else "",
        "break_text": break_text(session.break_reason),
        "next_state": session.next_state,
        "wrap_up_until": session.wrap_up_until.isoformat() if session.wrap_up_until else None,
        "is_leg_connected": session.is_leg_connected and not _is_moving_to_phone(session),
        "is_holding": session.is_holding,
        "phone_page": session.phone_page,
        "is_by_phone": session.is_by_phone,
        "desk_phone": phone_text(approved) if (approved := approved_phone(session)) else "",
        "is_muted": session.is_muted,
        "is_asking_help": session.help_asked_at is not None,
        "next_campaign": session.next_campaign.name if session.next_campaign else "",
    }


def _is_moving_to_phone(session: AgentSession) -> bool:
    """Whether the leg is still the browser's though the agent has changed to the telephone."""
    return session.is_by_phone and session.phone_rung_at is None


def _lost_line(session: AgentSession) -> str:
    """What the person of the call was told while the line was away; empty when nothing, or when they talk again."""
    line = find_lost_line(session.attempt_id) if session.attempt_id else None
    return lost_line_text(line) if line else ""


def _listeners(session: AgentSession) -> list[dict[str, str]]:
    """The supervisors on the line, if the tenant lets its agents know."""
    if not session.tenant.is_listening_shown:
        return []
    found = list_listenings().filter(session=session, joined_at__isnull=False)
    return [{"name": str(item.supervisor), "stance": item.stance} for item in found]


def _coaching(note: CallNote) -> dict[str, Any]:
    return {
        "text": note.text,
        "author": str(note.author),
        "lead": str(note.attempt.lead),
        "second": note.second,
        "at": note.written_at.isoformat(),
    }


def _notice(notice: Notice) -> dict[str, Any]:
    return {
        "id": notice.id,
        "text": notice.text,
        "sender": str(notice.sender),
        "at": notice.sent_at.isoformat(),
        "is_seen": notice.seen_at is not None,
    }


def _campaign(campaign: Campaign) -> dict[str, Any]:
    return {
        "id": campaign.id,
        "name": campaign.name,
        "state": campaign.state,
        "state_label": campaign.get_state_display(),
        "mode": campaign.dial_mode,
        "mode_label": campaign.get_dial_mode_display(),
        "preview_seconds": campaign.preview_seconds,
        "wrap_up_seconds": campaign.wrap_up_seconds,
    }


def _disposition(item: Disposition) -> dict[str, Any]:
    return {
        "code": item.code,
        "label": item.label,
        "hotkey": item.hotkey,
        "is_callback": item.is_callback,
        "is_dnc": item.is_dnc,
        "is_success": item.is_success,
    }


def _attempt(attempt: Attempt) -> dict[str, Any]:
    return {
        "id": str(attempt.id),
        "sid": attempt.sid,
        "state": attempt.state,
        "state_label": attempt.get_state_display(),
        "answered_at": attempt.answered_at.isoformat() if attempt.answered_at else None,
        "connected_at": attempt.connected_at.isoformat() if attempt.connected_at else None,
        "ended_at": attempt.ended_at.isoformat() if attempt.ended_at else None,
        "outcome": attempt.outcome,
        "voice_ms": attempt.voice_ms,
        "is_disposed": attempt.disposed_at is not None,
        "is_left": attempt.left_at is not None,
    }


def _callbacks(user_id: int, *, until: datetime) -> list[Callback]:
    return list(list_callbacks_of(user_id, until=until).select_related("campaign_lead__campaign")[:FOUND])


def _callback(item: Callback, at: datetime) -> dict[str, Any]:
    row = item.campaign_lead
    return {
        "campaign_lead": row.id,
        "campaign": {"id": row.campaign_id, "name": row.campaign.name},
        "name": str(row.lead),
        "due_at": item.due_at.isoformat(),
        "zone": item.zone,
        "note": item.note,
        "is_due": item.due_at <= at,
    }


def find_leads_to_dial(campaign_id: int, query: str, *, region: str) -> list[dict[str, Any]]:
    """Leads of the campaign by number, source id or name, for a manual call.

    Its lists are searched by themselves too, so that namesakes in other lists do not crowd its own leads out.
    """
    own = CampaignList.objects.filter(campaign_id=campaign_id).values_list("lead_list_id", flat=True)
    found = [
        lead.id
        for list_ids in (None, list(own))
        for lead in search_leads(query, region=region, list_ids=list_ids, size=FOUND).leads
    ]
    rows = CampaignLead.objects.filter(campaign_id=campaign_id, lead_id__in=found)
    return [
        {
            "campaign_lead": row.id,
            "name": str(row.lead),
            "phone": row.lead.phone,
            "phone_text": phone_text(row.lead.phone),
            "company": row.lead.company,
            "zones": row.lead.place.zones,
        }
        for row in rows.select_related("lead__place").order_by("id")[:FOUND]
    ]
