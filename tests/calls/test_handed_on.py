"""What became of a call that its agent handed on: in words, and in the agent's figures."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from apps.accounts.models import Role
from apps.calls.enums import AttemptState, TransferState
from apps.calls.models import Attempt, Transfer, VoicemailDrop
from apps.calls.selectors import list_attempts_to, talks_by_agent
from apps.calls.wording import handed_on_texts
from apps.core.templatetags.ui import phone
from apps.telephony.models import TransferTarget
from apps.tenants.models import Tenant
from tests import factories
from tests.pages import member_client

WHO = f"Claims desk ({phone('+12025550143')})"


@pytest.fixture
def attempt(tenant: Tenant, at: datetime) -> Attempt:
    found: Attempt = factories.AttemptFactory.create(
        reserved_at=at, outcome="CONNECTED", agent=factories.UserFactory.create(), answered_at=at, connected_at=at
    )
    return found


def transfer(attempt: Attempt, at: datetime, **values: Any) -> Transfer:
    target, _ = TransferTarget.objects.get_or_create(name="Claims desk", phone="+12025550143")
    values = {"state": TransferState.ENDED, "ended_at": at + timedelta(seconds=150), **values}
    return Transfer.objects.create(
        attempt=attempt, target=target, agent=attempt.agent, name=target.name, phone=target.phone, asked_at=at, **values
    )


def answered(at: datetime) -> dict[str, Any]:
    return {"answered_at": at + timedelta(seconds=20), "result": "COMPLETED"}


def test_each_way_and_end_has_its_words(attempt: Attempt, at: datetime) -> None:
    left = {"handed_over_at": at}
    cases: list[tuple[dict[str, Any], str]] = [
        ({"way": "WARM", **answered(at), **left}, f"Handed over to {WHO}, on the line for 2:10."),
        ({"way": "BLIND", **answered(at), **left}, f"Handed over to {WHO}, on the line for 2:10."),
        ({"way": "WARM", **answered(at)}, f"{WHO} was asked for 2:10 and did not take over."),
        ({"way": "THIRD", **answered(at)}, f"{WHO} took part for 2:10."),
        (
            {"way": "BLIND", "result": "NO_ANSWER", **left, "returned_at": at},
            f"{WHO} did not answer. The person was brought back.",
        ),
        ({"way": "WARM", "result": "BUSY"}, f"{WHO} was busy."),
        ({"way": "WARM", "result": "FAILED"}, f"{WHO} could not be reached."),
        ({"way": "WARM", "result": "CANCELED"}, f"The call to {WHO} was called off."),
        ({"way": "BLIND", "state": TransferState.TALKING, "ended_at": None, **left}, f"Handed over to {WHO}."),
    ]
    for values, _ in cases:
        transfer(attempt, at, **values)

    assert sorted(handed_on_texts(attempt)) == sorted(text for _, text in cases)


def test_a_message_is_told_after_the_transfers(attempt: Attempt, at: datetime) -> None:
    transfer(attempt, at, way="WARM", result="BUSY")
    VoicemailDrop.objects.create(
        attempt=attempt, decision=attempt.decision, agent=attempt.agent, text="Hello", asked_at=at, played_at=at
    )

    assert handed_on_texts(list_attempts_to(attempt.phone)[0]) == [
        f"{WHO} was busy.",
        "The message was left on the machine.",
    ]


def test_the_pages_of_campaign_and_lead_tell_it(tenant: Tenant, attempt: Attempt, at: datetime) -> None:
    transfer(attempt, at, way="WARM", result="NO_ANSWER")
    client = member_client(tenant, Role.MANAGER)

    for url in (f"/t/acme/campaigns/{attempt.campaign_id}/attempts/", f"/t/acme/lists/leads/{attempt.lead_id}/"):
        assert f"{WHO} did not answer." in client.get(url).content.decode()


@pytest.mark.parametrize(("left_after", "seconds"), [(None, 300), (90, 90)])
def test_an_agents_talk_counts_until_they_left(
    attempt: Attempt, at: datetime, left_after: int | None, seconds: int
) -> None:
    left_at = at + timedelta(seconds=left_after) if left_after else None
    Attempt.objects.filter(id=attempt.id).update(state=AttemptState.ENDED, talk_seconds=300, left_at=left_at)

    assert talks_by_agent(since=at)[attempt.agent_id or 0].talk_seconds == seconds
