"""A warm lead goes to the head of the queue, and the dialler is woken when the request commits."""

from typing import Any

import pytest
from pytest_django import DjangoCaptureOnCommitCallbacks

from apps.api.services import posting
from apps.campaigns.models import Campaign, CampaignLead, QueueState
from apps.campaigns.services.queue import PRIORITY_NOW, claim_next
from tests.api.conftest import Source

WARM: dict[str, Any] = {"phone": "+12125550142", "state": "NY", "line_type": "landline", "call_now": True}


@pytest.fixture
def woken(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, dict[str, Any]]]:
    """The tasks that were started."""
    tasks: list[tuple[str, dict[str, Any]]] = []
    monkeypatch.setattr(posting, "enqueue", lambda name, **arguments: tasks.append((name, arguments)))
    return tasks


def test_warm_lead_is_queued_first_and_wakes_the_dialler(
    campaign: Campaign, warm_source: Source, woken: list[tuple[str, dict[str, Any]]]
) -> None:
    Campaign.objects.update(purpose="SURVEY")

    answer = warm_source.post(WARM).json()

    row = CampaignLead.objects.get()
    assert answer["call_now"] == "queued"
    assert answer["lead"]["id"] == warm_source.id_of(row.lead)
    assert (row.state, row.priority) == (QueueState.READY, PRIORITY_NOW)
    assert woken == [("dialer.dial_campaign", {"tenant_id": campaign.tenant_id, "campaign_id": campaign.id})]
    assert claim_next(campaign_id=campaign.id, place_ids=[row.place_id], n=1) == [row.id]


def test_warm_lead_that_may_not_be_called_waits_at_the_head(
    campaign: Campaign, warm_source: Source, woken: list[Any]
) -> None:
    Campaign.objects.update(purpose="SURVEY", call_until="12:00")

    answer = warm_source.post(WARM).json()

    assert (answer["call_now"], answer["callable"]["reasons"]) == ("waiting", ["calling_time"])
    assert CampaignLead.objects.get().priority == PRIORITY_NOW


def test_warm_lead_of_a_paused_campaign_wakes_nobody(campaign: Campaign, warm_source: Source, woken: list[Any]) -> None:
    Campaign.objects.update(state=Campaign.State.PAUSED)

    assert warm_source.post(WARM).json()["call_now"] == "campaign_not_running"
    assert (CampaignLead.objects.get().priority, woken) == (PRIORITY_NOW, [])


def test_lead_that_was_called_before_keeps_to_its_retry_plan(
    campaign: Campaign, warm_source: Source, woken: list[Any]
) -> None:
    warm_source.post(WARM)
    CampaignLead.objects.update(attempt_count=1, state=QueueState.DONE, reason="finished")
    woken.clear()

    assert warm_source.post(WARM).json()["call_now"] == "called_before"
    assert (CampaignLead.objects.get().state, woken) == (QueueState.DONE, [])


def test_lead_without_the_wish_is_left_to_the_campaign(warm_source: Source, woken: list[Any]) -> None:
    answer = warm_source.post(WARM | {"call_now": False}).json()

    assert (answer["call_now"], CampaignLead.objects.count(), woken) == (None, 0, [])


def test_dry_run_starts_no_task(
    warm_source: Source, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with django_capture_on_commit_callbacks() as callbacks:
        answer = warm_source.post(WARM | {"dry_run": True}).json()

    assert (answer["call_now"], callbacks) == ("waiting", [])
