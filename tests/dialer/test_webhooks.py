"""The carrier's callbacks: verified, stored once, in any order, with answers that the carrier understands."""

import json
import random
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.http import QueryDict
from django.test import Client, RequestFactory
from pytest_django.fixtures import Settings
from twilio.request_validator import RequestValidator

from apps.calls import placing
from apps.calls.domain.fold import Verdict
from apps.calls.enums import AttemptState, Outcome
from apps.calls.models import Attempt, ProviderEvent
from apps.campaigns.models import Campaign, CampaignTotals
from apps.compliance.models import DncEntry
from apps.telephony.signature import is_signed
from apps.tenants.models import Tenant
from tests import factories
from tests.conformance.running import RunningCarrier
from tests.dialer.callbacks import (
    SID,
    WHOLE_CALL,
    attempt,
    campaign,
    deliver,
    post,
    reread,
    snapshot,
    standing_clock,
    status,
)
from tests.dialling import now, open_campaign, reserve_one

__all__ = ["attempt", "campaign", "standing_clock"]

VECTORS = json.loads((Path(__file__).parents[1] / "conformance" / "signature_vectors.json").read_text())


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
    url = settings.PUBLIC_BASE_URL + path
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
