"""Placing at the simulated carrier: at most one call per attempt whatever fails, and none that is not allowed any more."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from apps.accounts.models import User
from apps.audit.models import AuditEntry
from apps.calls import placing
from apps.calls.domain.fold import Reached, progress_of
from apps.calls.enums import AttemptState, Outcome
from apps.calls.models import Attempt, Callback
from apps.calls.services.disposing import dispose_attempt
from apps.calls.services.events import merge_progress
from apps.campaigns.models import Campaign, CampaignLead, QueueState
from apps.campaigns.services.life import change_state
from apps.compliance.models import Consent, Decision, DncEntry, Evidence
from apps.compliance.services.consents import ConsentFact, record_consent, revoke_consent
from apps.compliance.services.suppression import add_dnc_entries, add_dnc_entry
from apps.telephony.models import CallerId, ProviderAccount
from apps.tenants.models import Tenant
from tests import factories
from tests.conformance.running import RunningCarrier
from tests.dialling import Jobs, fault, now, open_campaign, reserve_one, standing

pytestmark = pytest.mark.usefixtures("jobs")


@pytest.fixture
def campaign(tenant: Tenant, at: datetime) -> Campaign:
    return open_campaign(at)


def place(attempt: Attempt, clock: Callable[[], datetime] = now) -> Attempt:
    """Let a worker place the attempt, and read it again."""
    placing.place_attempt(tenant_id=attempt.tenant_id, attempt_id=attempt.id, now=clock)
    return reread(attempt)


def audited() -> list[tuple[str, str, str, object]]:
    entries = AuditEntry.objects.order_by("id")
    return [(entry.action, entry.actor_label, entry.target, entry.data.get("reason")) for entry in entries]


def reread(attempt: Attempt) -> Attempt:
    return Attempt.objects.select_related("campaign_lead", "caller_id__account").get(id=attempt.id)


def dials(carrier: RunningCarrier, attempt: Attempt) -> list[str]:
    """Sids of the calls that the carrier has taken for the attempt."""
    return [row["call_sid"] for row in carrier.sim("dials")["dials"] if str(attempt.id) in row["url"]]


def test_a_reserved_attempt_becomes_one_call_that_knows_its_attempt(
    campaign: Campaign, exchange: RunningCarrier
) -> None:
    attempt = place(reserve_one(campaign, now()))

    assert dials(exchange, attempt) == [attempt.sid]
    assert (attempt.state, attempt.placed_at) == (AttemptState.PLACED, attempt.placing_at)
    assert exchange.sim("stats")["queued"] == 0


def test_a_doubled_message_places_nothing(campaign: Campaign, exchange: RunningCarrier) -> None:
    attempt = reserve_one(campaign, now())
    first = place(attempt)
    second = place(attempt)

    assert (first.sid, dials(exchange, attempt)) == (second.sid, [first.sid])


@pytest.mark.parametrize(
    ("kind", "is_dialled"),
    [("fails_before", False), ("fails_after", True), ("hangs_after", True), ("drops_after", True)],
)
def test_a_request_of_unknown_fate_is_never_repeated(
    campaign: Campaign, exchange: RunningCarrier, kind: str, is_dialled: bool
) -> None:
    attempt = reserve_one(campaign, now())
    with fault(exchange, kind, seconds=5):
        unknown = place(attempt)
    again = place(attempt)

    assert (unknown.state, again.state) == (AttemptState.UNKNOWN, AttemptState.UNKNOWN)
    assert (unknown.sid, unknown.error_code, len(dials(exchange, attempt))) == (None, "", int(is_dialled))

    placing.reconcile_unknown(tenant_id=attempt.tenant_id, attempt_id=attempt.id, at=now())

    reconciled = reread(attempt)
    assert [reconciled.sid] == (dials(exchange, attempt) or [None])
    assert (reconciled.state >= AttemptState.PLACED) == is_dialled


def test_an_unknown_dial_that_the_carrier_never_had_is_closed_as_an_attempt(
    campaign: Campaign, exchange: RunningCarrier
) -> None:
    attempt = reserve_one(campaign, now())
    with fault(exchange, "fails_before"):
        unknown = place(attempt)
    assert unknown.placing_at is not None
    later = unknown.placing_at + timedelta(seconds=60 * placing.UNKNOWN_SECONDS)

    placing.reconcile_unknown(tenant_id=attempt.tenant_id, attempt_id=attempt.id, at=later)

    closed = reread(attempt)
    assert (closed.state, closed.outcome, closed.settled_at) == (AttemptState.ENDED, Outcome.UNKNOWN, later)
    assert closed.campaign_lead.attempt_count == 1
    assert dials(exchange, attempt) == []


def test_an_unknown_dial_stays_open_while_the_carrier_does_not_answer(
    campaign: Campaign, exchange: RunningCarrier
) -> None:
    attempt = reserve_one(campaign, now())
    with fault(exchange, "fails_before", target="calls.*"):
        place(attempt)
        placing.reconcile_unknown(tenant_id=attempt.tenant_id, attempt_id=attempt.id, at=now() + timedelta(days=1))

    assert reread(attempt).state == AttemptState.UNKNOWN


def test_a_throttled_request_goes_back_and_does_not_count(campaign: Campaign, exchange: RunningCarrier) -> None:
    attempt = reserve_one(campaign, now())
    with fault(exchange, "throttled"):
        back = place(attempt)

    assert (back.state, back.placing_at, back.trusted_until) == (AttemptState.RESERVED, None, None)

    placed = place(attempt)

    assert (placed.state, dials(exchange, attempt)) == (AttemptState.PLACED, [placed.sid])


def test_a_carrier_that_cannot_be_reached_has_not_taken_the_call(
    campaign: Campaign, at: datetime, settings: pytest.FixtureRequest
) -> None:
    settings.SIMULATOR_URL = "http://127.0.0.1:9"  # nobody listens on the discard port

    assert place(reserve_one(campaign, at), standing(at)).state == AttemptState.RESERVED


@pytest.mark.parametrize(
    ("phone", "outcome", "code"),
    [("+15005550001", "BAD_NUMBER", "21217"), ("+15005550003", "REFUSED", "21215")],
)
def test_a_refused_call_ends_its_attempt(
    campaign: Campaign, exchange: RunningCarrier, phone: str, outcome: str, code: str
) -> None:
    attempt = reserve_one(campaign, now())
    Attempt.objects.filter(id=attempt.id).update(phone=phone)
    attempt = place(attempt)

    assert (attempt.state, attempt.outcome, attempt.error_code) == (AttemptState.ENDED, outcome, code)
    assert attempt.campaign_lead.state == (QueueState.DONE if outcome == "BAD_NUMBER" else QueueState.WAITING)
    assert attempt.settled_at is not None


def test_a_number_that_is_not_ours_is_taken_out_of_use(campaign: Campaign, exchange: RunningCarrier) -> None:
    CallerId.objects.filter(id=campaign.caller_id_id).update(phone="+12125559999")
    attempt = place(reserve_one(campaign, now()))

    caller_id = CallerId.objects.get(id=campaign.caller_id_id)
    assert (attempt.outcome, caller_id.is_active) == (Outcome.REFUSED, False)
    assert caller_id.disabled_reason.startswith("21210: ")
    assert audited() == [("caller_id.disabled", "carrier", f"caller_id:{caller_id.id}", caller_id.disabled_reason)]
    place(reserve_one(campaign, now()))
    assert len(audited()) == 1


def test_a_wrong_token_stops_the_account(campaign: Campaign, exchange: RunningCarrier) -> None:
    exchange.sim("accounts", "POST", {"sid": campaign.caller_id.account.sid, "auth_token": "simulated-other"})
    attempt = place(reserve_one(campaign, now()))

    account = ProviderAccount.objects.get(id=campaign.caller_id.account_id)
    assert (attempt.outcome, account.is_active, account.trouble[:5]) == (Outcome.REFUSED, False, "20003")
    assert audited() == [
        ("carrier_account.suspended", "carrier", f"carrier_account:{account.id}", account.trouble),
    ]


def test_no_free_slot_leaves_the_attempt_reserved(tenant: Tenant, at: datetime, exchange: RunningCarrier) -> None:
    campaign = open_campaign(at, cps=1.0)
    first, second = reserve_one(campaign, at), reserve_one(campaign, at)

    placed, waiting = place(first, standing(at)), place(second, standing(at))
    assert (placed.state, waiting.state) == (AttemptState.PLACED, AttemptState.RESERVED)

    assert place(second, standing(at + timedelta(seconds=2))).state == AttemptState.PLACED


# --- I1 and I6: the decision and the clock


def test_an_expired_decision_ends_the_attempt(campaign: Campaign, exchange: RunningCarrier) -> None:
    attempt = reserve_one(campaign, now())
    late = attempt.decision.expires_at

    ended = place(attempt, standing(late))

    assert (ended.state, ended.outcome, dials(exchange, attempt)) == (AttemptState.ENDED, Outcome.EXPIRED, [])
    assert ended.campaign_lead.attempt_count == 0


def test_a_worker_that_stalls_before_the_request_does_not_send_it(campaign: Campaign, exchange: RunningCarrier) -> None:
    attempt = reserve_one(campaign, now())
    readings = iter([attempt.reserved_at, attempt.decision.expires_at])

    stalled = place(attempt, lambda: next(readings))

    assert (stalled.state, stalled.placing_at, dials(exchange, attempt)) == (AttemptState.RESERVED, None, [])


def test_the_condition_of_the_claim_names_the_decision(campaign: Campaign, exchange: RunningCarrier) -> None:
    attempt = reserve_one(campaign, now())
    denied = factories.DecisionFactory.create(
        phone=attempt.phone,
        decided_at=attempt.reserved_at,
        expires_at=attempt.reserved_at + timedelta(hours=1),
        is_allowed=False,
    )
    Attempt.objects.filter(id=attempt.id).update(decision=denied)

    assert place(attempt).state == AttemptState.RESERVED
    assert dials(exchange, attempt) == []


def test_close_to_the_end_of_the_window_no_call_may_leave(campaign: Campaign, exchange: RunningCarrier) -> None:
    """The campaign's own window closes at 20:00 in New York, midnight UTC."""
    closes_at = datetime.fromisoformat("2026-06-17T00:00:00+00:00")
    attempt = reserve_one(campaign, closes_at - timedelta(seconds=20))
    assert attempt.decision.expires_at == closes_at - timedelta(seconds=10)

    ended = place(attempt, standing(closes_at - timedelta(seconds=10)))

    assert (ended.outcome, dials(exchange, attempt)) == (Outcome.EXPIRED, [])


def test_waiting_for_a_slot_near_the_end_of_the_window_ends_without_a_call(
    tenant: Tenant, at: datetime, exchange: RunningCarrier
) -> None:
    closes_at = datetime.fromisoformat("2026-06-17T00:00:00+00:00")
    campaign = open_campaign(at, cps=0.1)
    start = closes_at - timedelta(seconds=20)
    attempts = [reserve_one(campaign, start) for _ in range(3)]
    for seconds in range(25):
        for attempt in attempts:
            place(attempt, standing(start + timedelta(seconds=seconds)))

    assert [len(dials(exchange, attempt)) for attempt in attempts] == [1, 0, 0]
    assert [reread(attempt).outcome for attempt in attempts] == ["", Outcome.EXPIRED, Outcome.EXPIRED]


@pytest.mark.parametrize("is_refused", [True, False])
@pytest.mark.parametrize("is_promised", [True, False])
def test_a_call_that_was_not_placed_leaves_a_promise_and_what_is_done(
    campaign: Campaign, exchange: RunningCarrier, is_refused: bool, is_promised: bool
) -> None:
    attempt = reserve_one(campaign, now())
    agent, row = factories.UserFactory.create(), attempt.campaign_lead
    due_at = now() + timedelta(hours=5)
    if is_promised:
        Callback.objects.create(campaign_lead=row, agent=agent, due_at=due_at, zone="America/New_York")
    else:
        CampaignLead.objects.filter(id=row.id).update(reason="SALE")
    if is_refused:
        add_dnc_entry(phone=attempt.phone, campaign_id=None, source=Evidence.MANAGER, created_by="test", at=now())

    ended = place(attempt, now if is_refused else standing(attempt.decision.expires_at))

    row.refresh_from_db()
    assert ended.outcome == (Outcome.CANCELED if is_refused else Outcome.EXPIRED)
    stands = (QueueState.WAITING, "callback_personal") if is_promised else (QueueState.DONE, "SALE")
    assert (row.state, row.reason, row.next_attempt_at) == (*stands, None)


def test_a_campaign_that_was_paused_meanwhile_places_nothing(campaign: Campaign, exchange: RunningCarrier) -> None:
    attempt = reserve_one(campaign, now())
    change_state(campaign=campaign, state=Campaign.State.PAUSED, at=now())

    assert (place(attempt).outcome, dials(exchange, attempt)) == (Outcome.EXPIRED, [])


# --- I9: by whatever door a no comes between reserve and place


def by_agent(attempt: Attempt, user: User, at: datetime) -> None:
    """An earlier call to the same number is disposed of only now."""
    dispositions = attempt.campaign.disposition_set
    factories.DispositionFactory.create(disposition_set=dispositions, code="DNC", is_dnc=True)
    earlier = factories.AttemptFactory.create(
        campaign=attempt.campaign, campaign_lead__lead__phone=attempt.phone, reserved_at=at - timedelta(hours=1)
    )
    dispose_attempt(attempt_id=earlier.id, code="DNC", user=user, at=at)


def by_manager(attempt: Attempt, user: User, at: datetime) -> None:
    add_dnc_entry(phone=attempt.phone, campaign_id=None, source=Evidence.MANAGER, created_by=user, at=at)


def by_keypad(attempt: Attempt, user: User, at: datetime) -> None:
    add_dnc_entry(phone=attempt.phone, campaign_id=None, source=Evidence.CALLEE, created_by="keypad", at=at)


def by_import(attempt: Attempt, user: User, at: datetime) -> None:
    add_dnc_entries(phones=[attempt.phone], campaign_id=None, source=Evidence.IMPORT, created_by=user, at=at)


def by_campaign(attempt: Attempt, user: User, at: datetime) -> None:
    add_dnc_entry(phone=attempt.phone, campaign_id=attempt.campaign_id, source=Evidence.API, created_by="source", at=at)


@pytest.mark.parametrize("door", [by_agent, by_manager, by_keypad, by_import, by_campaign])
def test_a_request_not_to_be_called_stops_a_reserved_attempt(
    campaign: Campaign, exchange: RunningCarrier, door: Callable[[Attempt, User, datetime], None]
) -> None:
    attempt = reserve_one(campaign, now())
    door(attempt, factories.UserFactory.create(), now())

    stopped = place(attempt)

    assert (stopped.state, stopped.outcome, dials(exchange, attempt)) == (AttemptState.ENDED, Outcome.CANCELED, [])
    # Who asks it during a call withdraws consent too.
    reasons = ["consent_revoked", "dnc_entity"] if door is by_agent else ["dnc_entity"]
    assert (stopped.error, stopped.campaign_lead.reason) == (", ".join(reasons), reasons[0])
    denied = Decision.objects.order_by("-id")[0]
    assert (denied.phone, denied.is_allowed) == (attempt.phone, False)


def test_a_withdrawn_consent_stops_a_reserved_attempt(tenant: Tenant, at: datetime, exchange: RunningCarrier) -> None:
    campaign = open_campaign(at)
    phone = "+12125550123"
    fact = ConsentFact(phone, Consent.Kind.EXPRESS_WRITTEN, Evidence.API, captured_at=at - timedelta(days=1))
    record_consent(fact=fact, recorded_by="source", at=at)
    attempt = reserve_one(campaign, now(), phone=phone)
    revoke_consent(phone=phone, source=Evidence.CALLEE, revoked_by="keypad", at=now())

    stopped = place(attempt)

    assert (stopped.outcome, dials(exchange, attempt)) == (Outcome.CANCELED, [])


def test_a_jurisdiction_that_was_stopped_meanwhile_is_not_called(
    campaign: Campaign, tenant: Tenant, exchange: RunningCarrier
) -> None:
    attempt = reserve_one(campaign, now())
    Tenant.objects.filter(id=tenant.id).update(stopped_jurisdictions=["US-NY"])

    assert (place(attempt).outcome, dials(exchange, attempt)) == (Outcome.CANCELED, [])
    assert not DncEntry.objects.exists()


# --- what became of calls


def test_a_worker_lost_while_placing_leaves_an_unknown_attempt(campaign: Campaign, at: datetime) -> None:
    attempt = reserve_one(campaign, at)
    Attempt.objects.filter(id=attempt.id).update(state=AttemptState.PLACING, placing_at=at, trusted_until=at)

    assert placing.give_up_lost_placing(at=at - timedelta(seconds=1)) == 0
    assert placing.give_up_lost_placing(at=at) == 1
    assert reread(attempt).state == AttemptState.UNKNOWN


def test_two_unknown_dials_to_a_number_are_not_bound_to_one_call(campaign: Campaign, exchange: RunningCarrier) -> None:
    earlier = place(reserve_one(campaign, now(), phone="+12125550191"))
    merge_progress(attempt_id=earlier.id, progress=progress_of(status="no-answer", at=now()))
    attempt = reserve_one(campaign, now(), phone="+12125550191")
    with fault(exchange, "fails_before"):
        place(attempt)

    placing.reconcile_unknown(tenant_id=attempt.tenant_id, attempt_id=attempt.id, at=now())

    assert (reread(attempt).sid, reread(attempt).state) == (None, AttemptState.UNKNOWN)


def test_a_silent_call_is_looked_up_and_settled(campaign: Campaign, exchange: RunningCarrier) -> None:
    attempt = place(reserve_one(campaign, now(), phone="+12125550190"))
    assert attempt.sid
    exchange.wait_over(attempt.sid)

    placing.refresh_silent(tenant_id=attempt.tenant_id, attempt_id=attempt.id, at=now())

    assert (reread(attempt).state, reread(attempt).outcome) == (AttemptState.ENDED, Outcome.BUSY)


def test_a_call_that_the_carrier_does_not_know_any_more_has_failed(
    campaign: Campaign, exchange: RunningCarrier
) -> None:
    attempt = place(reserve_one(campaign, now()))
    Attempt.objects.filter(id=attempt.id).update(sid="CA" + "0" * 31 + "f")

    placing.refresh_silent(tenant_id=attempt.tenant_id, attempt_id=attempt.id, at=now())

    assert (reread(attempt).state, reread(attempt).outcome) == (AttemptState.ENDED, Outcome.FAILED)


def test_a_silent_call_stays_while_the_carrier_does_not_answer(campaign: Campaign, exchange: RunningCarrier) -> None:
    attempt = place(reserve_one(campaign, now()))
    with fault(exchange, "fails_before", target="calls.fetch"):
        placing.refresh_silent(tenant_id=attempt.tenant_id, attempt_id=attempt.id, at=now())

    assert reread(attempt).state == Reached.PLACED


@pytest.mark.parametrize("exchange", [1.0], indirect=True)
def test_a_ringing_call_is_cancelled_and_an_ended_one_let_be(campaign: Campaign, exchange: RunningCarrier) -> None:
    attempt = place(reserve_one(campaign, now(), phone="+12125550191"))
    assert attempt.sid
    for _ in range(2):
        placing.end_call(tenant_id=attempt.tenant_id, attempt_id=attempt.id)

    assert exchange.wait_over(attempt.sid)["ended_by"] == "api"


def test_nothing_is_hung_up_for_an_attempt_without_a_call(campaign: Campaign, at: datetime, jobs: Jobs) -> None:
    attempt = reserve_one(campaign, at)

    placing.end_call(tenant_id=attempt.tenant_id, attempt_id=attempt.id)
    placing.refresh_silent(tenant_id=attempt.tenant_id, attempt_id=attempt.id, at=at)
    placing.reconcile_unknown(tenant_id=attempt.tenant_id, attempt_id=attempt.id, at=at)

    assert reread(attempt).state == AttemptState.RESERVED
