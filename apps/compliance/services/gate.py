"""The one gate: gathers what is known of numbers, asks the rulebook, and keeps the answer.

The caller says what it wants to do (`CallRequest`); everything that this app or the tenant knows is looked up here, in
a handful of queries for any number of calls.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo

from apps.compliance import models
from apps.compliance.domain.codes import Consent, DialMode, EbrKind, LineType, Purpose, Subject
from apps.compliance.domain.facts import CallFacts, Decision, Ebr, Place, WeekHours
from apps.compliance.domain.gate import decide
from apps.compliance.domain.hours import window_state
from apps.compliance.domain.openings import Opening, facts_later, list_openings
from apps.compliance.rulebook.loader import load_rulebook
from apps.compliance.services.known import Known, read_known
from apps.compliance.services.replay import facts_to_json
from apps.core import clock

# Real seconds for which an allow is good; a dial that takes longer to leave asks again.
ALLOW_SECONDS = 30.0
# A call must ring before its window closes, so an allow ends this much earlier.
RING_MARGIN = timedelta(seconds=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRequest:
    """A call that somebody wants to place. `attempts` and `talks`: instants of the last 30 days to this number."""

    phone: str
    place: Place
    line_type: str
    subject: str
    purpose: str
    dial_mode: str
    campaign_id: int | None
    own_hours: tuple[WeekHours, ...] = ()
    attempts: tuple[datetime, ...] = ()
    talks: tuple[datetime, ...] = ()
    abandoned_percent: float | None = 0.0


@dataclass(frozen=True, slots=True)
class Verdict:
    """A request with the facts it was judged by and the answer."""

    request: CallRequest
    facts: CallFacts
    decision: Decision


def campaign_hours(*, start: time, end: time, weekdays: Sequence[int]) -> WeekHours:
    """A campaign's own hours, in the called person's zone, on ISO weekdays (1 is Monday)."""
    hours = ((start.hour * 60 + start.minute, end.hour * 60 + end.minute),)
    monday, tuesday, wednesday, thursday, friday, saturday, sunday = (
        hours if day in weekdays else () for day in range(1, 8)
    )
    return WeekHours("campaign_hours", (monday, tuesday, wednesday, thursday, friday, saturday, sunday))


def check(requests: Sequence[CallRequest], *, at: datetime) -> list[Verdict]:
    """Judge each request at the instant `at`, in the order given. Nothing is stored."""
    phones = sorted({request.phone for request in requests})
    known = read_known(phones)
    rulebook = load_rulebook()
    verdicts = []
    for request in requests:
        facts = _gather(known, request, at)
        verdicts.append(Verdict(request, facts, decide(facts, rulebook, at)))
    return verdicts


def check_ahead(
    request: CallRequest, *, at: datetime, since: datetime, until: datetime
) -> tuple[Verdict, tuple[Opening, ...]]:
    """The request judged at `since`, and when from then until `until` it would be allowed, by what is known at `at`."""
    facts, rulebook = _gather(read_known([request.phone]), request, at), load_rulebook()
    decision = decide(facts_later(facts, at=at, later=since), rulebook, since)
    return Verdict(request, facts, decision), list_openings(facts, rulebook, at=at, since=since, until=until)


def store(verdicts: Sequence[Verdict], *, at: datetime) -> list[models.Decision]:
    """Write the decisions to the tenant's ledger, in the order given."""
    good_for = clock.real_seconds(ALLOW_SECONDS)
    return [_store_one(verdict, at, at + good_for) for verdict in verdicts]


def _store_one(verdict: Verdict, at: datetime, expires_at: datetime) -> models.Decision:
    decision, facts = verdict.decision, verdict.facts
    window = window_state(facts.place, facts.profile, load_rulebook(), at, facts.own_hours)
    if window.closes_at is not None:
        expires_at = min(expires_at, window.closes_at - RING_MARGIN)
    return models.Decision.objects.create(
        phone=verdict.request.phone,
        campaign_id=verdict.request.campaign_id,
        decided_at=at,
        expires_at=expires_at,
        is_allowed=decision.is_allowed,
        reasons=list(decision.reasons),
        rules=[rule.id for rule in decision.rules],
        zones=list(decision.zones),
        next_allowed_at=decision.next_allowed_at,
        rulebook=decision.rulebook,
        facts=facts_to_json(facts),
    )


def _gather(known: Known, request: CallRequest, at: datetime) -> CallFacts:
    countries = [code for code in request.place.jurisdictions if "-" not in code]
    states = [code for code in request.place.jurisdictions if "-" in code]
    on_national, national_at = _look_up(known, request, countries)
    on_state, state_at = _look_up(known, request, states)
    on_entity = {(request.phone, None), (request.phone, request.campaign_id)} & known.entries
    return CallFacts(
        phone=request.phone,
        is_number_valid=True,
        place=request.place,
        purpose=Purpose(request.purpose.lower()),
        subject=Subject(request.subject),
        dial_mode=DialMode(request.dial_mode),
        line_type=LineType(request.line_type),
        on_national_dnc=on_national,
        on_state_dnc=on_state,
        on_entity_dnc=bool(on_entity),
        national_register_at=national_at,
        state_register_at=state_at,
        consent=Consent(known.consents.get(request.phone, "none")),
        ebr=tuple(
            Ebr.since(EbrKind(kind.lower()), occurred_on, at=at, zones=request.place.zones)
            for kind, occurred_on in sorted(known.relationships.get(request.phone, []))
        ),
        attempts=request.attempts,
        talks=request.talks,
        abandoned_percent=request.abandoned_percent,
        own_hours=request.own_hours,
        enabled_countries=known.countries,
        stopped=known.stopped,
    )


def _look_up(known: Known, request: CallRequest, jurisdictions: Sequence[str]) -> tuple[bool | None, datetime | None]:
    """Whether a register of these jurisdictions lists the number, and of when the oldest copy asked is.

    None when a copy is missing: a register that was not asked has not said no. The law counts days, 16 CFR
    310.4(b)(3)(iv): a copy is as old as the days that have passed, where the person is, since the end of its own.
    """
    copies = [known.registers.get(code) for code in jurisdictions]
    present = [copy for copy in copies if copy is not None]
    is_listed = any((copy.id, request.phone) in known.listed for copy in present)
    if not jurisdictions or (len(present) < len(copies) and not is_listed):
        return None, None
    next_day = min(copy.listed_on for copy in present) + timedelta(days=1)
    clocks: list[tzinfo] = [ZoneInfo(zone) for zone in request.place.zones] or [UTC]
    return is_listed, min(datetime.combine(next_day, time(0), clock).astimezone(UTC) for clock in clocks)
