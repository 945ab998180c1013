"""When a rehearsal is over, and what it says of a call that never ends."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from apps.calls.enums import AttemptState, Outcome
from apps.calls.models import Attempt
from apps.campaigns.models import Campaign
from apps.demo.services.invariants import check_invariants
from apps.demo.services.rehearsal import Stage, is_over
from apps.tenants.models import Tenant
from tests.dialling import open_campaign, reserve_one, seat_agent

UNTIL = timedelta(hours=8)


@pytest.fixture
def attempt(tenant: Tenant, at: datetime) -> Attempt:
    campaign = open_campaign(at)
    seat_agent(campaign, at)
    return reserve_one(campaign, at)


def is_over_after(attempt: Attempt, started_at: datetime, hours: float) -> bool:
    stage = Stage(attempt.tenant_id, attempt.campaign_id, import_id=0)
    at = started_at + timedelta(hours=hours)
    return is_over(stage, at=at, until=started_at + UNTIL, say=lambda _: None)


@pytest.mark.parametrize(
    "unfinished",
    [
        {"state": AttemptState.RINGING},
        {"state": AttemptState.ENDED, "outcome": Outcome.CONNECTED, "disposed_at": None},
    ],
)
def test_what_goes_on_is_awaited_for_an_hour_and_then_reported(
    attempt: Attempt, at: datetime, unfinished: dict[str, Any]
) -> None:
    Attempt.objects.filter(id=attempt.id).update(**unfinished)

    assert [is_over_after(attempt, at, hours) for hours in (1, 8.9, 9)] == [False, False, True]
    assert {item.id: item.broken for item in check_invariants([])}["I10"] == (str(attempt.id),)


def test_finished_campaign_ends_before_its_day(attempt: Attempt, at: datetime) -> None:
    Attempt.objects.filter(id=attempt.id).update(state=AttemptState.ENDED, outcome=Outcome.NO_ANSWER)

    assert is_over_after(attempt, at, 1)
    assert {item.id: item.broken for item in check_invariants([])}["I10"] == ()


def test_dialling_stops_with_the_day(attempt: Attempt, at: datetime) -> None:
    is_over_after(attempt, at, 7.9)
    before = Campaign.objects.get().state
    is_over_after(attempt, at, 8)

    assert (before, Campaign.objects.get().state) == (Campaign.State.RUNNING, Campaign.State.PAUSED)
