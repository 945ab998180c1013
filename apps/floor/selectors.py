"""What the floor shows: one plain value, computed from rows, so that every page that asks sees the same."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef, QuerySet

from apps.accounts.models import Membership, Role, User
from apps.accounts.permissions import Permission, may
from apps.agents.models import AgentSession, AgentState
from apps.agents.selectors import list_listenings, list_open_sessions, seconds_by_state
from apps.calls.models import Attempt
from apps.calls.selectors import TalkFigures, list_undisposed, talks_by_agent
from apps.campaigns.models import Campaign
from apps.core.templatetags.ui import phone as phone_text
from apps.softphone.wording import break_text
from apps.tenants.models import Tenant

STATES = tuple(state for state in AgentState if state != AgentState.OFFLINE)
# So much of a number is shown to those who do not work with leads.
SHOWN_DIGITS = 4


def day_start(tenant: Tenant, at: datetime) -> datetime:
    """Midnight in the tenant's zone before `at`."""
    return at.astimezone(ZoneInfo(tenant.time_zone)).replace(hour=0, minute=0, second=0, microsecond=0)


def list_left_open() -> QuerySet[Attempt]:
    """Talks without a disposition that no agent has on the desk any more, the oldest first."""
    on_a_desk = AgentSession.objects.filter(attempt_id=OuterRef("id"), ended_at__isnull=True)
    return list_undisposed().exclude(Exists(on_a_desk))


def floor_state(*, tenant: Tenant, viewer: Membership, at: datetime) -> dict[str, Any]:
    """Every agent and each campaign's states at `at`: JSON values, instants as ISO 8601 in UTC, times in seconds.

    Agents are the people with an open shift and, as offline, the other members whose role is to take calls.
    """
    since = day_start(tenant, at)
    sessions = list(list_open_sessions())
    talks, times = talks_by_agent(since=since), seconds_by_state(since=since)
    is_number_shown = may(viewer, Permission.MANAGE_LEADS)
    agents = [
        _agent(item, is_number_shown=is_number_shown)
        | {"is_me": item.user_id == viewer.user_id}
        | _today(item.user_id, talks, _with_current(times.get(item.user_id, {}), item, since, at))
        for item in sessions
    ]
    agents += [
        _absent(user) | _today(user.id, talks, times.get(user.id, {}))
        for user in _absent_agents({item.user_id for item in sessions})
    ]
    return {"agents": agents, "campaigns": _campaigns(sessions), "listenings": _listenings(viewer)}


def _listenings(viewer: Membership) -> list[dict[str, Any]]:
    """Who is on whose line; `is_mine` of the one who looks."""
    return [
        {
            "session": item.session_id,
            "agent": str(item.session.user),
            "supervisor": str(item.supervisor),
            "stance": item.stance,
            "is_joined": item.joined_at is not None,
            "is_mine": item.supervisor_id == viewer.user_id,
        }
        for item in list_listenings()
    ]


def _agent(session: AgentSession, *, is_number_shown: bool) -> dict[str, Any]:
    is_break = session.state == AgentState.BREAK
    return {
        "user": session.user_id,
        "session": session.id,
        "name": str(session.user),
        "campaign": {"id": session.campaign_id, "name": session.campaign.name},
        "state": session.state,
        "state_label": str(session.get_state_display()),
        "since": session.state_since.isoformat(),
        "reason": break_text(session.break_reason) if is_break else "",
        "next_state": session.next_state,
        "next_campaign": session.next_campaign.name if session.next_campaign else "",
        "help_asked_at": session.help_asked_at.isoformat() if session.help_asked_at else None,
        "is_line_on": session.is_leg_connected,
        "is_holding": session.is_holding,
        "call": _call(session.attempt, is_number_shown=is_number_shown) if session.attempt else None,
    }


def _absent(user: User) -> dict[str, Any]:
    return {
        "user": user.id,
        "session": None,
        "name": str(user),
        "campaign": None,
        "is_me": False,
        "state": AgentState.OFFLINE.value,
        "state_label": str(AgentState.OFFLINE.label),
        "since": None,
        "reason": "",
        "next_state": "",
        "next_campaign": "",
        "help_asked_at": None,
        "is_line_on": False,
        "is_holding": False,
        "call": None,
    }


def _absent_agents(present: set[int]) -> Iterable[User]:
    members = Membership.objects.filter(role=Role.AGENT, is_active=True).exclude(user_id__in=present)
    return [member.user for member in members.select_related("user").order_by("user__name", "id")]


def _call(attempt: Attempt, *, is_number_shown: bool) -> dict[str, Any]:
    return {
        "id": str(attempt.id),
        "name": str(attempt.lead),
        "phone": phone_text(attempt.phone) if is_number_shown else masked(attempt.phone),
        "connected_at": attempt.connected_at.isoformat() if attempt.connected_at else None,
        "is_over": attempt.ended_at is not None,
    }


def masked(phone: str) -> str:
    """The last digits of a number."""
    return f"•••\N{NO-BREAK SPACE}{phone[-SHOWN_DIGITS:]}"


def _with_current(times: Mapping[str, float], session: AgentSession, since: datetime, at: datetime) -> dict[str, float]:
    """The times of stretches that are over, plus the one that goes on."""
    current = (at - max(session.state_since, since)).total_seconds()
    return {**times, session.state: times.get(session.state, 0.0) + max(0.0, current)}


def _today(user_id: int, talks: Mapping[int, TalkFigures], times: Mapping[str, float]) -> dict[str, Any]:
    figures = talks.get(user_id, TalkFigures())
    return {
        "calls": figures.calls,
        "talk_seconds": figures.talk_seconds,
        "contacts": figures.contacts,
        "successes": figures.successes,
        "times": {state: round(times[state]) for state in STATES if times.get(state, 0.0) >= 1},
    }


def _campaigns(sessions: Iterable[AgentSession]) -> list[dict[str, Any]]:
    """Campaigns that run or have somebody at a desk, with how many agents are in each state."""
    counts: dict[int, Counter[str]] = {}
    for session in sessions:
        counts.setdefault(session.campaign_id, Counter())[session.state] += 1
    running = Campaign.objects.filter(state=Campaign.State.RUNNING)
    shown = running | Campaign.objects.filter(id__in=counts)
    return [
        {
            "id": campaign.id,
            "name": campaign.name,
            "total": counts.get(campaign.id, Counter()).total(),
            **{state.value: counts.get(campaign.id, Counter())[state] for state in STATES},
        }
        for campaign in shown.order_by("name", "id")
    ]
