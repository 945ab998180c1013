"""The milliseconds from answer to voice: real ones, kept once, and shown day by day."""

import time
from datetime import datetime, timedelta

import pytest
from django.urls import reverse
from pytest_django.fixtures import Settings

from apps.calls.models import Attempt, ProviderEvent
from apps.calls.services.voice import LONGEST_IN_BROWSER, keep_voice_delay
from apps.core.errors import InvalidError
from apps.reports.voice import VoiceDay, voice_days
from apps.tenants.models import Tenant
from config.settings.clock import ClockConfig
from tests import factories
from tests.pages import member_client


def tell(attempt: Attempt, name: str, at: datetime) -> None:
    ProviderEvent.objects.create(
        attempt=attempt, key=f"{attempt.id}:{name}:{at}", name=name, payload={}, received_at=at
    )


def kept(attempt: Attempt) -> int | None:
    return Attempt.objects.get(id=attempt.id).voice_ms


@pytest.mark.parametrize("speed", [1.0, 60.0, 0.25])
def test_milliseconds_are_real_ones_whatever_the_clock(
    tenant: Tenant, settings: Settings, at: datetime, speed: float
) -> None:
    settings.CLOCK = ClockConfig(start=at, origin=time.time(), speed=speed)
    attempt = factories.AttemptFactory.create(reserved_at=at)
    tell(attempt, "answer", at)
    tell(attempt, "connected", at + timedelta(seconds=0.420 * speed))
    tell(attempt, "connected", at + timedelta(seconds=9 * speed))
    keep_voice_delay(attempt=attempt, browser_ms=30)
    assert kept(attempt) == 450


def test_the_first_report_stays(tenant: Tenant, at: datetime) -> None:
    attempt = factories.AttemptFactory.create(reserved_at=at)
    for name in ("answer", "connected"):
        tell(attempt, name, at)
    for browser_ms in (30, 40):
        keep_voice_delay(attempt=attempt, browser_ms=browser_ms)
    assert kept(attempt) == 30


@pytest.mark.parametrize("names", [("answer",), ("connected",), ()])
def test_nothing_is_kept_where_an_end_is_not_known(tenant: Tenant, at: datetime, names: tuple[str, ...]) -> None:
    attempt = factories.AttemptFactory.create(reserved_at=at)
    for name in names:
        tell(attempt, name, at)
    keep_voice_delay(attempt=attempt, browser_ms=30)
    assert kept(attempt) is None


@pytest.mark.parametrize("seconds", [-0.1, 60.1])
def test_a_delay_that_cannot_be_is_not_kept(tenant: Tenant, at: datetime, seconds: float) -> None:
    attempt = factories.AttemptFactory.create(reserved_at=at)
    tell(attempt, "answer", at)
    tell(attempt, "connected", at + timedelta(seconds=seconds))
    keep_voice_delay(attempt=attempt, browser_ms=0)
    assert kept(attempt) is None


@pytest.mark.parametrize("browser_ms", [-1, LONGEST_IN_BROWSER + 1])
def test_a_browser_cannot_report_nonsense(tenant: Tenant, at: datetime, browser_ms: int) -> None:
    with pytest.raises(InvalidError):
        keep_voice_delay(attempt=factories.AttemptFactory.create(reserved_at=at), browser_ms=browser_ms)


def test_days_show_what_half_and_nearly_all_calls_took(tenant: Tenant, at: datetime) -> None:
    campaign = factories.CampaignFactory.create()
    for ago, delays in ((0, [100, 200, 300]), (1, [400]), (15, [9999])):
        for delay in delays:
            factories.AttemptFactory.create(
                reserved_at=at, campaign=campaign, connected_at=at - timedelta(days=ago), voice_ms=delay
            )
    factories.AttemptFactory.create(reserved_at=at, campaign=campaign, connected_at=at)
    factories.AttemptFactory.create(reserved_at=at, connected_at=at, voice_ms=7)
    today = at.date()
    assert voice_days(campaign.id, at=at) == [
        VoiceDay(today - timedelta(days=1), 1, 400, 400),
        VoiceDay(today, 3, 200, 290),
    ]


def test_page_and_history_show_what_was_measured(tenant: Tenant, at: datetime) -> None:
    campaign = factories.CampaignFactory.create()
    client, url = member_client(tenant), f"/t/acme/campaigns/{campaign.id}/"
    assert "It is measured in calls of agents whose browser is their phone." in client.get(url).content.decode()
    for delay in (100, 300):
        attempt = factories.AttemptFactory.create(campaign=campaign, reserved_at=at, connected_at=at, voice_ms=delay)
    page = client.get(url).content.decode()
    assert "in 2 measured calls: half within 200 ms, 95 of 100 within 290 ms." in page
    assert "voice after 300 ms" in page
    assert (
        "voice after 300 ms"
        in client.get(reverse("leads:lead_detail", args=["acme", attempt.lead_id])).content.decode()
    )
