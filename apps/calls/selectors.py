"""Reads of attempts, and the requests that attempts put to the gate."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from django.db import connection
from django.db.models import Case, Count, F, IntegerField, Prefetch, Q, QuerySet, Sum, When
from django.db.models.functions import Cast, Extract, Least

from apps.calls.domain.fold import Verdict
from apps.calls.domain.quotas import Condition, is_met, read_conditions
from apps.calls.enums import AttemptState, Outcome, TapingState
from apps.calls.models import Answer, Attempt, Callback, CallNote, InboundCall, QuotaCell, Recording, Taping, Transfer
from apps.campaigns.models import Campaign, DialMode, QueueState
from apps.campaigns.services.queue import AWAITING_DISPOSITION
from apps.compliance.domain.facts import Place
from apps.compliance.services.gate import CallRequest, campaign_hours
from apps.leads.models import Lead
from apps.telephony.domain.languages import Language, choose_language
from apps.telephony.models import CallerId
from apps.tenants.scope import get_tenant_id

HORIZON = timedelta(days=30)
GATE_MODE = {
    DialMode.MANUAL: "manual",
    DialMode.PREVIEW: "preview",
    DialMode.PROGRESSIVE: "progressive",
    DialMode.RATIO: "predictive",
}
# Asked before every call and for every posted lead, so it is spared the ORM.
_PLACED_SINCE = """
select phone, placing_at, outcome from calls_attempt
where tenant_id = %s and phone = any(%s) and placing_at >= %s and outcome <> all(%s) order by placing_at, id
"""
# Attempts that the carrier never placed do not count against the caps of the law.
NOT_PLACED = (Outcome.REFUSED, Outcome.EXPIRED, Outcome.BAD_NUMBER)


class Located(Protocol):
    """Where somebody may be; a Place of either kind."""

    @property
    def zones(self) -> Sequence[str]: ...
    @property
    def jurisdictions(self) -> Sequence[str]: ...


class Callee(Protocol):
    """Somebody who might be called: a lead, or what is known of one that was just posted."""

    @property
    def phone(self) -> str: ...
    @property
    def line_type(self) -> str: ...
    @property
    def subject_type(self) -> str: ...
    @property
    def place(self) -> Located: ...


@dataclass(frozen=True, slots=True)
class TalkFigures:
    """What an agent's talks came to; `talk_seconds` of those that are over."""

    calls: int = 0
    talk_seconds: int = 0
    contacts: int = 0
    successes: int = 0


def talks_by_agent(*, since: datetime) -> dict[int, TalkFigures]:
    """Figures of the talks that began at `since` or later, by the agent's user id.

    A talk that its agent left to others counts until then.
    """
    until_left = Cast(Extract(F("left_at") - F("answered_at"), "epoch"), IntegerField())
    rows = (
        Attempt.objects.filter(connected_at__gte=since, agent__isnull=False)
        .values_list("agent_id")
        .annotate(
            calls=Count("id"),
            # PostgreSQL passes over the null of a talk that nobody left.
            seconds=Sum(Least("talk_seconds", until_left)),
            contacts=Count("id", filter=Q(disposition__is_contact=True)),
            successes=Count("id", filter=Q(disposition__is_success=True)),
        )
        .order_by("agent_id")
    )
    return {agent_id: TalkFigures(*figures) for agent_id, *figures in rows}


def get_language(attempt: Attempt) -> Language:
    """The language in which the platform itself speaks to the person of a call."""
    return choose_language(lead=attempt.lead.language, campaign=attempt.campaign.language)


def list_attempts(campaign_id: int) -> QuerySet[Attempt]:
    """A campaign's attempts, newest first."""
    return (
        Attempt.objects.filter(campaign_id=campaign_id)
        .select_related("lead", "disposition", "agent", "decision", "voicemail")
        .prefetch_related(_ordered_transfers(), _ordered_inbound_calls())
        .order_by("-reserved_at", "id")
    )


def list_attempts_to(phone: str) -> QuerySet[Attempt]:
    """The tenant's attempts to a number, newest first."""
    return (
        Attempt.objects.filter(phone=phone)
        .select_related("campaign", "disposition", "agent", "decision", "voicemail")
        .prefetch_related(_ordered_transfers(), _ordered_inbound_calls())
        .order_by("-reserved_at", "id")
    )


def list_undisposed() -> QuerySet[Attempt]:
    """Talks that are over and whose leads wait for somebody to say what came of them, the oldest first."""
    return (
        Attempt.objects.filter(
            state=AttemptState.ENDED,
            outcome=Outcome.CONNECTED,
            disposed_at__isnull=True,
            campaign_lead__state=QueueState.WAITING,
            campaign_lead__reason=AWAITING_DISPOSITION,
        )
        .select_related("campaign", "lead", "agent")
        .order_by("ended_at", "id")
    )


def find_last_call_to(phone: str, *, caller_id: CallerId) -> Attempt | None:
    """The newest call that was placed to a number: of those that showed `caller_id`, else of all."""
    placed = Attempt.objects.filter(phone=phone, placing_at__isnull=False).exclude(outcome__in=NOT_PLACED)
    showed_it = Case(When(caller_id=caller_id, then=1), default=0)
    return placed.order_by(showed_it.desc(), "-placing_at", "id").first()


def get_callers_language(call: InboundCall) -> Language:
    """The language in which somebody who rings is spoken to."""
    if call.attempt is not None:
        return get_language(call.attempt)
    lead = Lead.objects.filter(phone=call.phone).order_by("-id").first() if call.phone else None
    return choose_language(lead=lead.language if lead else "", campaign="")


def list_inbound_calls() -> QuerySet[InboundCall]:
    """The calls to the tenant's numbers with their `length`, the newest first."""
    found = InboundCall.objects.select_related("caller_id", "attempt__lead", "attempt__campaign")
    return found.annotate(length=F("ended_at") - F("received_at")).order_by("-id")


def _ordered_transfers() -> Prefetch[str, QuerySet[Transfer], str]:
    return Prefetch("transfers", queryset=Transfer.objects.order_by("asked_at", "id"))


def _ordered_inbound_calls() -> Prefetch[str, QuerySet[InboundCall], str]:
    return Prefetch("inbound_calls", queryset=InboundCall.objects.order_by("received_at", "id"))


def list_quota_cells(campaign_id: int) -> QuerySet[QuotaCell]:
    """The cells of a campaign's quotas in their order."""
    return QuotaCell.objects.filter(campaign_id=campaign_id).order_by("position", "id")


def list_full_cells(campaign_id: int) -> list[tuple[Condition, ...]]:
    """The conditions of each cell that needs nobody any more."""
    full = list_quota_cells(campaign_id).filter(count__gte=F("target"))
    return [read_conditions(conditions) for conditions in full.values_list("conditions", flat=True)]


def find_over_quota(campaign_id: int, leads: Sequence[Lead]) -> set[int]:
    """Ids of those leads that are known to be of a kind of which the campaign has enough.

    Known are the lead's custom fields with a question's key, and what they answered in any call before.
    """
    full = list_full_cells(campaign_id)
    if not full:
        return set()
    keys = {condition.key for conditions in full for condition in conditions}
    known = {lead.id: {key: lead.custom.get(key) for key in keys} for lead in leads}
    answers = Answer.objects.filter(lead__in=known, key__in=keys).order_by("id")
    for lead_id, key, text in answers.values_list("lead_id", "key", "text"):
        known[lead_id][key] = text
    return {lead_id for lead_id, values in known.items() if any(is_met(cell, values) for cell in full)}


def ordered_answers() -> Prefetch[str, QuerySet[Answer], str]:
    """What `prefetch_related` of attempts takes to fetch their answers in the order of the talk."""
    return Prefetch("answers", queryset=Answer.objects.order_by("position", "id"))


def list_callbacks_of(user_id: int, *, until: datetime) -> QuerySet[Callback]:
    """An agent's own open call-backs due by `until`, soonest first."""
    return (
        Callback.objects.filter(agent_id=user_id, state=Callback.State.DUE, due_at__lte=until)
        .select_related("campaign_lead__lead")
        .order_by("due_at", "id")
    )


def list_open_callbacks() -> QuerySet[Callback]:
    """Every open call-back with its lead, campaign and agent, soonest first."""
    return (
        Callback.objects.filter(state=Callback.State.DUE)
        .select_related("campaign_lead__lead__place", "campaign_lead__campaign", "agent")
        .order_by("due_at", "id")
    )


def placed_since(phones: Iterable[str], *, since: datetime) -> dict[str, tuple[list[datetime], list[datetime]]]:
    """For each number the instants of attempts placed by the tenant after `since`, and of those that reached a person."""
    with connection.cursor() as cursor:
        cursor.execute(_PLACED_SINCE, [get_tenant_id(), list(phones), since, [outcome.value for outcome in NOT_PLACED]])
        rows = cursor.fetchall()
    found: dict[str, tuple[list[datetime], list[datetime]]] = {}
    for phone, placing_at, outcome in rows:
        attempts, talks = found.setdefault(phone, ([], []))
        attempts.append(placing_at)
        if outcome == Outcome.CONNECTED:
            talks.append(placing_at)
    return found


def abandoned_percent(campaign_id: int, *, at: datetime) -> float:
    """Abandoned over calls answered live by a person, of the campaign's last 30 days, in percent.

    16 CFR 310.4(b)(4)(i). A person is who talked to an agent or whom detection called human; an answer of which
    detection is unsure counts only when it was abandoned, so what is unknown never makes the rate look better.
    """
    ended = Attempt.objects.filter(campaign_id=campaign_id, reserved_at__gte=at - HORIZON, answered_at__isnull=False)
    is_machine = Q(disposition__is_machine=True) | Q(outcome__in=[Outcome.MACHINE, Outcome.FAX])
    counts = ended.aggregate(
        abandoned=Count("id", filter=Q(is_abandoned=True)),
        live=Count(
            "id",
            filter=Q(is_abandoned=True)
            | (Q(disposition__is_human_answered=True) | Q(answered_by=Verdict.HUMAN)) & ~is_machine,
        ),
    )
    return 100.0 * counts["abandoned"] / counts["live"] if counts["live"] else 0.0


def count_in_flight(campaign_id: int) -> int:
    """Attempts of the campaign that are reserved, being placed, ringing or answered and not yet with an agent."""
    return Attempt.objects.filter(campaign_id=campaign_id, state__lt=AttemptState.CONNECTED).count()


def requests_for(campaign: Campaign, leads: Sequence[Callee], *, mode: str, at: datetime) -> list[CallRequest]:
    """What calling these leads (with their place) in `mode` asks of the gate, in the order given."""
    past = placed_since({lead.phone for lead in leads}, since=at - HORIZON)
    percent = abandoned_percent(campaign.id, at=at) if mode == DialMode.RATIO else 0.0
    hours = campaign_hours(start=campaign.call_from, end=campaign.call_until, weekdays=campaign.weekdays)
    requests = []
    for lead in leads:
        attempts, talks = past.get(lead.phone, ([], []))
        requests.append(
            CallRequest(
                phone=lead.phone,
                place=Place(tuple(lead.place.zones), tuple(lead.place.jurisdictions)),
                line_type=lead.line_type,
                subject=lead.subject_type,
                purpose=campaign.purpose,
                dial_mode=GATE_MODE[DialMode(mode)],
                campaign_id=campaign.id,
                own_hours=(hours,),
                attempts=tuple(attempts),
                talks=tuple(talks),
                abandoned_percent=percent,
            )
        )
    return requests


def list_recordings() -> QuerySet[Recording]:
    """Recordings that can be heard, the newest first."""
    found = Recording.objects.filter(status="completed").select_related(
        "attempt__agent", "attempt__lead", "attempt__campaign", "attempt__disposition"
    )
    return found.order_by("-attempt__reserved_at", "-id")


def get_recording(recording_id: int) -> Recording:
    """A recording with its call and the account that holds it. Raises Recording.DoesNotExist."""
    return list_recordings().select_related("attempt__caller_id__account").get(id=recording_id)


def list_expired_recordings(*, before: datetime) -> QuerySet[Recording]:
    """Recordings of calls from before an instant, with the account that holds them, the oldest first."""
    found = Recording.objects.filter(attempt__reserved_at__lt=before).select_related("attempt__caller_id__account")
    return found.order_by("attempt__reserved_at", "id")


def list_tapings_behind(*, at: datetime) -> QuerySet[Taping]:
    """Recordings of calls that are on which are not as wanted and which no worker sees to, the oldest change first."""
    is_pause_wanted = Q(is_paused_by_agent=True) | Q(is_field_open=True)
    is_behind = (
        Q(state=TapingState.STARTING, asked_at__isnull=False)
        | (Q(state=TapingState.STARTING) & ~is_pause_wanted)
        | (Q(state=TapingState.ON) & is_pause_wanted)
        | (Q(state=TapingState.PAUSED) & ~is_pause_wanted)
    )
    is_free = Q(claimed_until__isnull=True) | Q(claimed_until__lte=at)
    found = Taping.objects.filter(is_behind, is_free, attempt__state__lt=AttemptState.ENDED)
    return found.order_by("changed_at", "id")


def list_call_notes(attempt_id: UUID) -> QuerySet[CallNote]:
    """What supervisors wrote about a call, along its recording; what is about the whole comes first."""
    found = CallNote.objects.filter(attempt_id=attempt_id).select_related("author")
    return found.order_by(F("second").asc(nulls_first=True), "id")


def list_notes_to(agent_id: int, *, since: datetime) -> QuerySet[CallNote]:
    """What supervisors wrote from `since` on about calls of an agent that are over, the newest first."""
    found = CallNote.objects.filter(
        attempt__agent_id=agent_id, attempt__ended_at__isnull=False, written_at__gte=since
    ).select_related("author", "attempt__lead")
    return found.order_by("-written_at", "-id")
