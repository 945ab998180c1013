"""The carrier's callbacks: verified, stored once, in any order, with answers that the carrier understands."""

import itertools
import json
import random
import time
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.http import HttpResponse, QueryDict
from django.test import Client, RequestFactory
from pytest_django.fixtures import Settings
from twilio.request_validator import RequestValidator

from apps.agents.models import AgentSession, AgentState
from apps.calls import placing
from apps.calls.domain.fold import MERGE, Verdict
from apps.calls.models import Attempt, AttemptState, Outcome, ProviderEvent, Recording
from apps.calls.selectors import abandoned_percent
from apps.calls.services.attempts import DOUBT_SECONDS, settle_attempt
from apps.campaigns.models import Campaign, CampaignTotals
from apps.compliance.models import DncEntry, Evidence
from apps.telephony.signature import is_signed
from apps.tenants.models import Tenant
from config.settings.clock import ClockConfig
from tests import factories
from tests.conformance.running import RunningCarrier
from tests.conformance.twiml import faults
from tests.dialling import Jobs, now, open_campaign, reserve_one, seat_agent

SID = "CA" + "1" * 32
VECTORS = json.loads((Path(__file__).parents[1] / "conformance" / "signature_vectors.json").read_text())


@pytest.fixture(autouse=True)
def standing_clock(settings: Settings, at: datetime, jobs: Jobs) -> None:
    settings.CLOCK = ClockConfig(start=at, origin=time.time(), speed=1e-6)


@pytest.fixture
def campaign(tenant: Tenant, at: datetime) -> Campaign:
    return open_campaign(at)


@pytest.fixture
def attempt(campaign: Campaign, at: datetime) -> Attempt:
    """An attempt that has been placed and not been heard of."""
    attempt = reserve_one(campaign, at)
    Attempt.objects.filter(id=attempt.id).update(
        state=AttemptState.PLACED, sid=SID, placing_at=at, placed_at=at, trusted_until=at + timedelta(minutes=2)
    )
    return reread(attempt)


def reread(attempt: Attempt) -> Attempt:
    return Attempt.objects.select_related("campaign_lead", "caller_id__account", "campaign").get(id=attempt.id)


def post(
    attempt: Attempt, hook: str, fields: Mapping[str, str], *, query: str | None = None, **options: Any
) -> HttpResponse:
    """A callback as the carrier sends it; `token`, `tenant_id` and `account` may be wrong ones."""
    account = attempt.caller_id.account
    query = f"a={attempt.id}" if query is None else query
    path = f"/hooks/{options.get('tenant_id', attempt.tenant_id)}/voice/{hook}" + (f"?{query}" if query else "")
    data = {"CallSid": SID, "AccountSid": options.get("account", account.sid), **fields}
    url = placing.settings.PUBLIC_BASE_URL + path
    signature = RequestValidator(options.get("token", account.auth_token)).compute_signature(url, data)
    headers = {"X-Twilio-Signature": signature} if options.get("is_signed", True) else {}
    return Client().post(path, data, headers=headers)


def status(attempt: Attempt, word: str, sequence: int, **fields: str) -> HttpResponse:
    return post(
        attempt,
        "status",
        {"CallStatus": word, "CallbackSource": "call-progress-events", "SequenceNumber": str(sequence), **fields},
    )


def snapshot(attempt: Attempt) -> dict[str, Any]:
    return Attempt.objects.filter(id=attempt.id).values(*MERGE, "sid", "outcome").get()


# --- who may speak to us


@pytest.mark.parametrize(
    "wrong",
    [
        {"is_signed": False},
        {"token": "simulated-other"},
        {"account": "AC" + "9" * 32},
        {"account": ""},
        {"account": "AC\0"},
        {"tenant_id": 0},
        {"tenant_id": 10**30},
    ],
    ids=str,
)
@pytest.mark.parametrize("hook", ["answer", "fallback", "status", "amd", "conference", "recording", "optout"])
def test_a_callback_without_proof_is_refused(attempt: Attempt, hook: str, wrong: dict[str, Any]) -> None:
    response = post(attempt, hook, {"CallStatus": "completed", "Digits": "9"}, **wrong)

    assert (response.status_code, response.content) == (403, b"")
    assert (reread(attempt).state, ProviderEvent.objects.count(), DncEntry.objects.count()) == (
        AttemptState.PLACED,
        0,
        0,
    )


def test_the_account_of_another_tenant_proves_nothing(attempt: Attempt, other_tenant: Tenant) -> None:
    assert post(attempt, "status", {"CallStatus": "completed"}, tenant_id=other_tenant.id).status_code == 403
    assert reread(attempt).state == AttemptState.PLACED


def test_a_changed_field_or_address_breaks_the_signature(attempt: Attempt) -> None:
    account = attempt.caller_id.account
    path = f"/hooks/{attempt.tenant_id}/voice/status?a={attempt.id}"
    data = {"CallSid": SID, "AccountSid": account.sid, "CallStatus": "ringing"}
    url = placing.settings.PUBLIC_BASE_URL + path
    headers = {"X-Twilio-Signature": RequestValidator(account.auth_token).compute_signature(url, data)}

    assert Client().post(path, data | {"CallStatus": "completed"}, headers=headers).status_code == 403
    assert Client().post(path + "&b=1", data, headers=headers).status_code == 403
    assert Client().get(path, headers=headers).status_code == 405
    assert Client().post(path, data, headers=headers).status_code == 204


@pytest.mark.parametrize("vector", VECTORS["vectors"], ids=lambda vector: vector["name"])
def test_the_public_vectors_are_accepted_and_nothing_else(settings: Settings, vector: dict[str, Any]) -> None:
    address = urlsplit(vector["url"])
    settings.PUBLIC_BASE_URL = f"{address.scheme}://{address.netloc}"
    body = QueryDict(mutable=True)
    for name, value in VECTORS[vector["fields"]]:
        body.appendlist(name, value)
    request = RequestFactory().post(
        f"{address.path}?{address.query}",
        body.urlencode(),
        content_type="application/x-www-form-urlencoded",
        headers={"X-Twilio-Signature": vector["signature"], "X-Forwarded-Host": "elsewhere.example.test"},
    )

    assert is_signed(request, VECTORS["token"])
    assert not is_signed(request, VECTORS["token"] + "6")


# --- order, repetition, garbage


WHOLE_CALL: list[tuple[str, dict[str, str]]] = [
    ("status", {"CallStatus": "initiated", "SequenceNumber": "0", "Timestamp": "Tue, 16 Jun 2026 17:00:01 +0000"}),
    ("status", {"CallStatus": "ringing", "SequenceNumber": "1", "Timestamp": "Tue, 16 Jun 2026 17:00:02 +0000"}),
    ("status", {"CallStatus": "in-progress", "SequenceNumber": "2", "Timestamp": "Tue, 16 Jun 2026 17:00:09 +0000"}),
    ("amd", {"AnsweredBy": "human", "MachineDetectionDuration": "2500"}),
    ("join", {"Timestamp": "Tue, 16 Jun 2026 17:00:10 +0000"}),
    (
        "status",
        {
            "CallStatus": "completed",
            "SequenceNumber": "3",
            "CallDuration": "60",
            "Timestamp": "Tue, 16 Jun 2026 17:01:09 +0000",
        },
    ),
]


def deliver(attempt: Attempt, events: list[tuple[str, dict[str, str]]]) -> None:
    for hook, fields in events:
        if hook == "join":
            label = {"StatusCallbackEvent": "participant-join", "ParticipantLabel": f"lead-{attempt.id}"}
            response = post(attempt, "conference", fields | label, query="")
        else:
            response = post(attempt, hook, fields)
        assert response.status_code == 204


def test_events_in_any_order_and_any_number_give_the_same_call(campaign: Campaign, at: datetime) -> None:
    shuffle = random.Random(3)
    agent = factories.UserFactory.create()
    seen = []
    for number in range(12):
        attempt = reserve_one(campaign, at)
        Attempt.objects.filter(id=attempt.id).update(state=AttemptState.PLACED, placing_at=at, agent=agent)
        events = WHOLE_CALL if number == 0 else WHOLE_CALL + shuffle.choices(WHOLE_CALL, k=4)
        if number:
            shuffle.shuffle(events)
        sid = f"CA{number:032x}"
        deliver(attempt, [(hook, {**fields, "CallSid": sid}) for hook, fields in events])
        seen.append({**snapshot(attempt), "sid": None, "events": attempt.events.count()})
        assert reread(attempt).campaign_lead.outcome_counts == {"CONNECTED": 1}

    assert seen == [seen[0]] * 12
    assert seen[0]["talk_seconds"] == 60
    assert seen[0]["answered_at"] == at + timedelta(seconds=9)
    assert seen[0]["connected_at"] == at + timedelta(seconds=10)
    assert (seen[0]["state"], seen[0]["answered_by"], seen[0]["events"]) == (AttemptState.ENDED, Verdict.HUMAN, 6)


def test_the_end_is_drawn_once_however_often_it_is_told(attempt: Attempt) -> None:
    for _ in range(3):
        status(attempt, "busy", 2)

    totals = CampaignTotals.objects.get(campaign=attempt.campaign)
    row = reread(attempt)
    assert (row.outcome, row.campaign_lead.attempt_count, row.campaign_lead.outcome_counts, totals.dialled) == (
        Outcome.BUSY,
        1,
        {"BUSY": 1},
        1,
    )


def test_the_simulators_own_callbacks_fold_to_what_it_dialled(tenant: Tenant, exchange: RunningCarrier) -> None:
    """Captured at the customer's door, then delivered backwards and twice."""
    campaign = open_campaign(now(), is_machine_detected=True)
    attempt = reserve_one(campaign, now(), phone="+12125550195")
    placing.place_attempt(tenant_id=tenant.id, attempt_id=attempt.id, now=now)
    path = f"/hooks/{tenant.id}/voice/status?a={attempt.id}"
    letters = exchange.customer.wait_for(path, where=lambda one: one.fields["CallStatus"] == "failed")
    letters = exchange.customer.received(path)
    for letter in [*reversed(letters), *letters]:
        signature = letter.headers["X-Twilio-Signature"]
        assert Client().post(letter.path, letter.fields, headers={"X-Twilio-Signature": signature}).status_code == 204

    row = reread(attempt)
    assert (row.state, row.outcome, row.error_code) == (AttemptState.ENDED, Outcome.BAD_NUMBER, "404")
    assert row.events.count() == len({letter.fields["SequenceNumber"] for letter in letters})


GARBAGE = [
    {"CallStatus": "completed", "CallDuration": "9" * 40, "SequenceNumber": "x" * 400},
    {"CallStatus": "failed", "ErrorCode": "not a number at all", "Timestamp": "yesterday"},
    {"CallStatus": "failed", "SipResponseCode": "404" * 10, "Timestamp": "Tue, 16 Jun 99999 17:00:01 +0000"},
    {"CallStatus": "\0", "SequenceNumber": "\0", "Extra": "\0"},
    {"CallStatus": "evaporated", "AnsweredBy": "a ghost"},
    {"CallSid": ""},
    {"CallSid": "CA" + "2" * 32, "CallStatus": "completed"},
    {"CallSid": "x" * 500, "CallStatus": "completed"},
]


@pytest.mark.parametrize("fields", GARBAGE, ids=range(len(GARBAGE)))
@pytest.mark.parametrize("hook", ["status", "amd", "recording", "conference"])
def test_garbage_is_taken_without_an_error(attempt: Attempt, hook: str, fields: dict[str, str]) -> None:
    assert post(attempt, hook, fields).status_code == 204


@pytest.mark.parametrize(
    "label", ["agent-" + "9" * 40, "agent-", "agent-\u0661", "lead-", "lead-x", "lead-" + "0" * 32, "", "someone"]
)
@pytest.mark.parametrize("event", ["participant-join", "participant-leave", "conference-end", ""])
def test_a_participant_that_nobody_knows_is_ignored(attempt: Attempt, label: str, event: str) -> None:
    fields = {"StatusCallbackEvent": event, "ParticipantLabel": label}

    assert post(attempt, "conference", fields, query="").status_code == 204
    assert ProviderEvent.objects.count() == 0


@pytest.mark.parametrize("query", ["", "a=", "a=nonsense", "a=00000000-0000-0000-0000-000000000000"])
def test_an_unknown_attempt_is_hung_up_and_otherwise_ignored(attempt: Attempt, query: str) -> None:
    for hook in ("answer", "fallback", "optout"):
        response = post(attempt, hook, {"Digits": "9"}, query=query)
        assert response.content.decode().endswith("<Response><Hangup /></Response>")
    for hook in ("status", "amd", "recording"):
        assert post(attempt, hook, {"CallStatus": "completed"}, query=query).status_code == 204
    assert (ProviderEvent.objects.count(), DncEntry.objects.count()) == (0, 0)


def test_a_callback_of_another_call_does_not_end_the_attempt(attempt: Attempt) -> None:
    post(attempt, "status", {"CallSid": "CA" + "2" * 32, "CallStatus": "completed"})

    assert (reread(attempt).state, ProviderEvent.objects.count()) == (AttemptState.PLACED, 0)


# --- the answer


def answered(response: HttpResponse) -> str:
    """The TwiML of an answer, which must be in Twilio's vocabulary."""
    text = response.content.decode()
    assert (response.status_code, response.headers["Content-Type"], faults(text)) == (200, "text/xml", [])
    return text


def test_an_answer_joins_the_one_who_has_waited_longest(attempt: Attempt, at: datetime) -> None:
    seat_agent(attempt.campaign, at)
    longest = seat_agent(attempt.campaign, at - timedelta(minutes=1))

    text = answered(post(attempt, "answer", {"CallStatus": "in-progress"}))

    longest.refresh_from_db()
    assert (longest.state, longest.attempt_id) == (AgentState.ON_CALL, attempt.id)
    assert f">t{attempt.tenant_id}-agent-{longest.id}</Conference>" in text
    assert f'participantLabel="lead-{attempt.id}"' in text
    assert reread(attempt).agent_id == longest.user_id


def test_a_repeated_answer_gives_the_same_agent(attempt: Attempt, at: datetime) -> None:
    for _ in range(2):
        seat_agent(attempt.campaign, at)

    first, second = (answered(post(attempt, "answer", {})) for _ in range(2))

    assert first == second
    assert AgentSession.objects.filter(state=AgentState.ON_CALL).count() == 1


def test_an_answer_without_an_agent_apologises_and_counts_as_abandoned(attempt: Attempt, at: datetime) -> None:
    seat_agent(attempt.campaign, at, is_leg_connected=False)
    seat_agent(attempt.campaign, at, state=AgentState.BREAK)

    text = answered(post(attempt, "answer", {}))
    status(attempt, "completed", 3)

    assert "This is Acme Windows." in text
    assert "1 2 1 2 5 5 5 0 1 0 0" in text
    assert (reread(attempt).outcome, CampaignTotals.objects.get(campaign=attempt.campaign).abandoned) == (
        Outcome.ABANDONED,
        1,
    )


def test_who_hears_the_apology_is_not_given_an_agent_by_a_repeated_answer(attempt: Attempt, at: datetime) -> None:
    apology = answered(post(attempt, "answer", {}))
    agent = seat_agent(attempt.campaign, at)

    assert answered(post(attempt, "answer", {})) == apology
    agent.refresh_from_db()
    assert agent.state == AgentState.READY


def test_the_fallback_apologises(attempt: Attempt) -> None:
    assert "We are sorry" in answered(post(attempt, "fallback", {"ErrorCode": "11205"}))
    assert reread(attempt).is_unattended


def test_the_fallback_frees_the_agent_whose_person_hears_the_apology(attempt: Attempt, at: datetime) -> None:
    agent = seat_agent(attempt.campaign, at)
    answered(post(attempt, "answer", {}))

    assert "We are sorry" in answered(post(attempt, "fallback", {"ErrorCode": "11200"}))
    agent.refresh_from_db()
    assert (agent.state, agent.attempt_id) == (AgentState.READY, None)


def test_an_answer_after_the_end_hangs_up_and_wakes_nobody(attempt: Attempt, at: datetime) -> None:
    agent = seat_agent(attempt.campaign, at)
    status(attempt, "completed", 3)

    assert "<Hangup />" in answered(post(attempt, "answer", {}))
    agent.refresh_from_db()
    assert agent.state == AgentState.READY


def test_an_agent_whose_leg_is_gone_is_replaced(attempt: Attempt, at: datetime) -> None:
    bound = seat_agent(attempt.campaign, at, state=AgentState.RESERVED, attempt=attempt, is_leg_connected=False)
    free = seat_agent(attempt.campaign, at)

    text = answered(post(attempt, "answer", {}))

    bound.refresh_from_db()
    free.refresh_from_db()
    assert f"agent-{free.id}<" in text
    assert (free.state, free.attempt_id) == (AgentState.ON_CALL, attempt.id)
    assert (bound.state, bound.break_reason, bound.attempt_id) == (AgentState.BREAK, "LEG_LOST", None)


# --- what follows from callbacks


@pytest.mark.parametrize(("digits", "is_listed"), [("9", True), ("1", False), ("", False), ("99", False)])
def test_nine_means_never_again(attempt: Attempt, digits: str, is_listed: bool) -> None:
    for _ in range(2):
        answered(post(attempt, "optout", {"Digits": digits}))

    listed = DncEntry.objects.values_list("phone", "source", "campaign_id")
    assert list(listed) == ([(attempt.phone, Evidence.CALLEE, None)] if is_listed else [])


@pytest.mark.parametrize(
    ("answered_by", "ends"),
    [("machine_start", True), ("machine_end_beep", True), ("fax", True), ("human", False), ("unknown", False)],
)
def test_a_machine_is_hung_up(attempt: Attempt, jobs: Jobs, answered_by: str, ends: bool) -> None:
    jobs.sent.clear()
    post(attempt, "amd", {"AnsweredBy": answered_by})

    assert bool(jobs.named("calls.end_call")) == ends


def test_a_verdict_after_the_disposition_changes_nothing(attempt: Attempt, jobs: Jobs, at: datetime) -> None:
    sale = factories.DispositionFactory.create(disposition_set=attempt.campaign.disposition_set)
    Attempt.objects.filter(id=attempt.id).update(disposition=sale, disposed_at=at)
    jobs.sent.clear()

    post(attempt, "amd", {"AnsweredBy": "machine_start"})

    assert jobs.named("calls.end_call") == []


def test_the_agent_moves_on_at_the_end_and_the_dialler_is_woken(attempt: Attempt, at: datetime, jobs: Jobs) -> None:
    agent = seat_agent(attempt.campaign, at, state=AgentState.RESERVED, attempt=attempt)
    jobs.sent.clear()

    status(attempt, "no-answer", 2)

    agent.refresh_from_db()
    assert (agent.state, agent.attempt_id) == (AgentState.READY, None)
    assert jobs.named("dialer.dial_campaign") == [{"tenant_id": attempt.tenant_id, "campaign_id": attempt.campaign_id}]


def test_legs_come_and_go_with_the_conference(attempt: Attempt, at: datetime, jobs: Jobs) -> None:
    agent = seat_agent(
        attempt.campaign, at, state=AgentState.BREAK, next_state="READY", is_leg_connected=False, leg_sid=""
    )
    fields = {"ParticipantLabel": f"agent-{agent.id}", "CallSid": "CA" + "3" * 32}

    post(attempt, "conference", fields | {"StatusCallbackEvent": "participant-join"}, query="")
    agent.refresh_from_db()
    assert (agent.state, agent.is_leg_connected, agent.leg_sid) == (AgentState.READY, True, "CA" + "3" * 32)

    jobs.sent.clear()
    post(attempt, "conference", fields | {"StatusCallbackEvent": "participant-leave"}, query="")
    agent.refresh_from_db()
    assert (agent.is_leg_connected, agent.leg_sid) == (False, "")
    assert jobs.named("agents.connect_leg") == [{"tenant_id": agent.tenant_id, "session_id": agent.id}]


@pytest.mark.parametrize(("room", "is_lost"), [("CF" + "1" * 32, False), ("CF" + "2" * 32, True)])
def test_a_person_who_comes_into_an_empty_room_has_the_agent_rung_again(
    attempt: Attempt, at: datetime, jobs: Jobs, room: str, is_lost: bool
) -> None:
    agent = seat_agent(attempt.campaign, at, state=AgentState.ON_CALL, attempt=attempt)
    joined = {"StatusCallbackEvent": "participant-join", "ConferenceSid": "CF" + "1" * 32}
    post(
        attempt, "conference", joined | {"ParticipantLabel": f"agent-{agent.id}", "CallSid": "CA" + "3" * 32}, query=""
    )
    jobs.sent.clear()

    post(attempt, "conference", joined | {"ParticipantLabel": f"lead-{attempt.id}", "ConferenceSid": room}, query="")

    agent.refresh_from_db()
    assert (agent.is_leg_connected, agent.state) == (not is_lost, AgentState.ON_CALL)
    assert bool(jobs.named("agents.connect_leg")) == is_lost


def test_a_recording_is_kept_once_with_what_was_last_said(attempt: Attempt) -> None:
    fields = {"RecordingSid": "RE" + "1" * 32, "RecordingUrl": "https://example.test/r", "RecordingDuration": "12"}
    for word in ("in-progress", "completed", "completed"):
        post(attempt, "recording", fields | {"RecordingStatus": word})

    assert list(Recording.objects.values_list("attempt_id", "seconds", "status")) == [(attempt.id, 12, "completed")]


def test_every_permutation_of_the_last_events_ends_the_call_alike(campaign: Campaign, at: datetime) -> None:
    outcomes, agent = set(), factories.UserFactory.create()
    for number, order in enumerate(itertools.permutations(WHOLE_CALL[2:])):
        attempt = reserve_one(campaign, at)
        Attempt.objects.filter(id=attempt.id).update(state=AttemptState.PLACED, placing_at=at, agent=agent)
        deliver(attempt, [(hook, {**fields, "CallSid": f"CA{number + 100:032x}"}) for hook, fields in order])
        row = snapshot(attempt)
        outcomes.add(tuple(row[name] for name in (*MERGE, "outcome")))

    assert len(outcomes) == 1


def test_a_join_that_is_overtaken_by_the_end_still_makes_a_talk(attempt: Attempt, at: datetime) -> None:
    agent = seat_agent(attempt.campaign, at, state=AgentState.ON_CALL, attempt=attempt)
    Attempt.objects.filter(id=attempt.id).update(agent=agent.user)
    deliver(attempt, [WHOLE_CALL[2], WHOLE_CALL[5]])
    assert (reread(attempt).outcome, AgentSession.objects.get(id=agent.id).state) == ("", AgentState.ON_CALL)

    deliver(attempt, [WHOLE_CALL[4]])

    assert (reread(attempt).outcome, AgentSession.objects.get(id=agent.id).state) == (
        Outcome.CONNECTED,
        AgentState.WRAP_UP,
    )


@pytest.mark.parametrize(("seconds", "percent"), [(2, 0.0), (3, 100.0)])
def test_an_agent_who_comes_late_makes_a_talk_that_counts_as_abandoned(
    attempt: Attempt, at: datetime, seconds: int, percent: float
) -> None:
    came_at = at + timedelta(seconds=seconds)
    Attempt.objects.filter(id=attempt.id).update(
        state=AttemptState.CONNECTED, answered_at=at, connected_at=came_at, answered_by=Verdict.HUMAN
    )
    status(attempt, "completed", 3)

    totals = CampaignTotals.objects.get(campaign=attempt.campaign)
    assert (reread(attempt).outcome, totals.abandoned) == (Outcome.CONNECTED, int(percent > 0))
    assert abandoned_percent(attempt.campaign_id, at=at) == percent


def test_a_join_that_never_comes_is_not_waited_for_longer_than_seconds(attempt: Attempt, at: datetime) -> None:
    Attempt.objects.filter(id=attempt.id).update(agent=factories.UserFactory.create())
    deliver(attempt, [WHOLE_CALL[2], WHOLE_CALL[5]])

    ended_at = at + timedelta(seconds=69)
    assert not settle_attempt(attempt_id=attempt.id, at=ended_at)
    assert settle_attempt(attempt_id=attempt.id, at=ended_at + timedelta(seconds=DOUBT_SECONDS))
    assert reread(attempt).outcome == Outcome.HUNG_UP


@pytest.mark.parametrize(("answered_by", "outcome"), [("machine_start", "MACHINE"), ("human", "ABANDONED")])
def test_a_verdict_that_is_overtaken_by_the_end_decides_what_was_abandoned(
    attempt: Attempt, answered_by: str, outcome: str
) -> None:
    Campaign.objects.filter(id=attempt.campaign_id).update(is_machine_detected=True)
    post(attempt, "answer", {})
    deliver(attempt, [WHOLE_CALL[5]])
    assert reread(attempt).outcome == ""

    post(attempt, "amd", {"AnsweredBy": answered_by})

    assert reread(attempt).outcome == outcome
