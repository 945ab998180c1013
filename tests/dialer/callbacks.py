"""An attempt at the carrier, and the callbacks that tell of it, signed as the carrier signs."""

import time
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.http import HttpResponse
from django.test import Client
from pytest_django.fixtures import Settings
from twilio.request_validator import RequestValidator

from apps.calls.domain.fold import MERGE
from apps.calls.enums import AttemptState
from apps.calls.models import Attempt
from apps.campaigns.models import Campaign
from apps.tenants.models import Tenant
from config.settings.clock import ClockConfig
from tests.conformance.twiml import faults
from tests.dialling import Jobs, open_campaign, reserve_one

SID = "CA" + "1" * 32
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
    url = settings.PUBLIC_BASE_URL + path
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


def deliver(attempt: Attempt, events: list[tuple[str, dict[str, str]]]) -> None:
    for hook, fields in events:
        if hook == "join":
            label = {"StatusCallbackEvent": "participant-join", "ParticipantLabel": f"lead-{attempt.id}"}
            response = post(attempt, "conference", fields | label, query="")
        else:
            response = post(attempt, hook, fields)
        assert response.status_code == 204


def answered(response: HttpResponse) -> str:
    """The TwiML of an answer, which must be in Twilio's vocabulary."""
    text = response.content.decode()
    assert (response.status_code, response.headers["Content-Type"], faults(text)) == (200, "text/xml", [])
    return text
