"""Call-backs as an agent sees them: the calendar to choose from, and what they have promised."""

from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.agents.models import AgentSession
from apps.calls.models import Callback
from apps.calls.selectors import list_callbacks_of, list_open_callbacks
from apps.calls.services.callbacks import AHEAD, Promised, open_calendar
from apps.campaigns.models import CampaignLead
from apps.compliance.wording import reason_text
from apps.softphone.contact import find_campaign_lead
from apps.softphone.services import NoCallError, get_session

# What the calendar of the desk covers.
CALENDAR_DAYS = 28


def find_lead_on_screen(session: AgentSession) -> CampaignLead:
    """The previewed lead or that of the call. Raises NoCallError when nobody is on the screen."""
    row_id = session.preview_lead_id or (session.attempt.campaign_lead_id if session.attempt else None)
    if row_id is None:
        raise NoCallError("Nobody is on the screen.")
    return find_campaign_lead(row_id)


def desk_calendar(user: User, *, is_personal: bool, at: datetime) -> dict[str, Any]:
    """When the person on the screen may be called, and what the agent has promised already; instants in ISO 8601, UTC.

    `reasons` says in words why there is no such time. Raises NoSessionError, NoCallError.
    """
    session = get_session(user)
    row = find_lead_on_screen(session)
    until = at + timedelta(days=CALENDAR_DAYS)
    talk_at = session.attempt.placing_at if session.attempt else None
    calendar = open_calendar(promised=Promised(row.campaign, row.lead, is_personal, talk_at), at=at, until=until)
    booked = list_callbacks_of(user.id, until=until).exclude(campaign_lead_id=row.id)
    return {
        "campaign_lead": row.id,
        "until": until.isoformat(),
        "open": [[opening.starts_at.isoformat(), opening.ends_at.isoformat()] for opening in calendar.openings],
        "reasons": [reason_text(code) for code in calendar.reasons],
        "booked": [{"at": item.due_at.isoformat(), "name": str(item.campaign_lead.lead)} for item in booked],
    }


def list_own_callbacks(user: User, *, at: datetime) -> list[tuple[Promise | str, list[Callback]]]:
    """The agent's open call-backs under a heading each, by the days of the organisation's zone; empty headings are left out."""
    found = list_callbacks_of(user.id, until=at + AHEAD).select_related("campaign_lead__campaign")
    return [(heading, list(items)) for heading, items in groupby(found, key=lambda item: _heading(item.due_at, at))]


def find_own_callback(user: User, callback_id: int) -> Callback | None:
    """An open call-back of the agent, with its lead and campaign."""
    return list_open_callbacks().filter(id=callback_id, agent=user).first()


def _heading(due_at: datetime, at: datetime) -> Promise | str:
    days = (timezone.localdate(due_at) - timezone.localdate(at)).days
    if due_at <= at:
        return _("Due now")
    if days == 0:
        return _("Later today")
    return _("In the next seven days") if days <= 7 else _("After that")
