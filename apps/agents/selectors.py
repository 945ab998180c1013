"""Reads of agents' sessions."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Sum, Value
from django.db.models.functions import Coalesce, Greatest

from apps.accounts.models import Membership
from apps.accounts.permissions import Permission, roles_with
from apps.agents.models import AgentSession, AgentSpan, AgentState, Listening, LostLine, Notice
from apps.core.domain.phones import normalise_phone


def find_session(user_id: int) -> AgentSession | None:
    """The person's open session, or None."""
    return (
        AgentSession.objects.select_related(
            "tenant",
            "campaign",
            "next_campaign",
            "attempt__lead",
            "attempt__campaign",
            "attempt__taping",
            "attempt__script_version__script",
            "preview_lead__lead",
        )
        .filter(user_id=user_id, ended_at__isnull=True)
        .first()
    )


def list_sessions_on(attempt_id: UUID) -> QuerySet[AgentSession]:
    """The open session that has the call of an attempt: one, or none."""
    return AgentSession.objects.filter(attempt_id=attempt_id, ended_at__isnull=True).order_by("id")


def is_former_member() -> Exists:
    """Of a session: that its agent takes no calls here any more; the organisation is closed to them, or their role changed."""
    membership = Membership.objects.filter(tenant_id=OuterRef("tenant_id"), user_id=OuterRef("user_id"))
    may_call = Q(is_active=True, role__in=roles_with(Permission.TAKE_CALLS))
    return Exists(membership.filter(~may_call))


def list_ready(campaign_id: int) -> QuerySet[AgentSession]:
    """Agents who can take a call now, the one who has waited longest first."""
    return AgentSession.objects.filter(
        ~is_former_member(),
        campaign_id=campaign_id,
        state=AgentState.READY,
        is_leg_connected=True,
        ended_at__isnull=True,
    ).order_by("state_since", "id")


def list_former_members(campaign_id: int) -> QuerySet[AgentSession]:
    """Open sessions of people who take no calls here any more."""
    return AgentSession.objects.filter(is_former_member(), campaign_id=campaign_id, ended_at__isnull=True).order_by(
        "id"
    )


def count_by_state(campaign_id: int) -> Mapping[str, int]:
    """Open sessions of a campaign by state."""
    rows = (
        AgentSession.objects.filter(campaign_id=campaign_id, ended_at__isnull=True)
        .values_list("state")
        .annotate(n=Count("id"))
        .order_by("state")
    )
    return dict(rows)


def list_open_sessions() -> QuerySet[AgentSession]:
    """Everyone who is at a desk, by campaign."""
    return (
        AgentSession.objects.filter(ended_at__isnull=True)
        .select_related("user", "campaign", "next_campaign", "attempt__lead")
        .order_by("campaign__name", "user__name", "id")
    )


def seconds_by_state(*, since: datetime) -> dict[int, dict[str, float]]:
    """Seconds from `since` on that each person (by id) was in each state, as far as these stretches are over."""
    rows = (
        AgentSpan.objects.filter(ended_at__gt=since)
        .values_list("user_id", "state")
        .annotate(time=Sum(F("ended_at") - Greatest(F("began_at"), Value(since)), default=timedelta()))
        .order_by("user_id", "state")
    )
    found: dict[int, dict[str, float]] = {}
    for user_id, state, time in rows:
        found.setdefault(user_id, {})[state] = time.total_seconds()
    return found


def list_notices(user_id: int, *, since: datetime) -> QuerySet[Notice]:
    """Messages to a person from `since` on, the newest first."""
    found = Notice.objects.filter(user_id=user_id, sent_at__gte=since).select_related("sender")
    return found.order_by("-sent_at", "-id")


def list_unheard_listenings(*, before: datetime) -> QuerySet[Listening]:
    """Supervisors' legs of which the carrier has said nothing since an instant."""
    last = Coalesce(F("seen_at"), F("asked_at"))
    found = Listening.objects.annotate(last_at=last).filter(ended_at__isnull=True, last_at__lte=before)
    return found.order_by("asked_at", "id")


def list_listenings() -> QuerySet[Listening]:
    """Every supervisor who listens to somebody now, or is about to."""
    found = Listening.objects.filter(ended_at__isnull=True).select_related("supervisor", "session__user")
    return found.order_by("asked_at", "id")


def find_desk_phone(session: AgentSession) -> str:
    """The telephone (E.164) at which the agent takes calls now; empty for the browser, or when it is approved no more."""
    return approved_phone(session) if session.is_by_phone else ""


def approved_phone(session: AgentSession) -> str:
    """The telephone (E.164) that is approved for the agent, in a country that the tenant still calls; empty for none."""
    members = Membership.objects.filter(user_id=session.user_id, is_active=True).select_related("tenant")
    member = members.first()
    if member is None or not member.desk_phone:
        return ""
    return member.desk_phone if normalise_phone(member.desk_phone).region in member.tenant.countries else ""


def find_lost_line(attempt_id: UUID) -> LostLine | None:
    """The loss of its agent's line that a call has not got over; None when there is none, or they talk again."""
    lost = Q(ended_at__isnull=True) | Q(offered_at__isnull=False)
    return LostLine.objects.filter(lost, attempt_id=attempt_id).order_by("-id").first()
