"""What a lost message or callback leaves undone about a transfer, the reconciler does."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from apps.agents.models import AgentState, LostLine
from apps.calls.enums import AttemptState, TransferState
from apps.calls.models import Attempt, Transfer
from apps.campaigns.models import Campaign
from apps.dialer.services.reconcile import reconcile
from apps.telephony.models import TransferTarget
from apps.tenants.models import Tenant
from tests import factories
from tests.dialling import Jobs, open_campaign, reserve_one, seat_agent

LONG_AGO, SOON = timedelta(minutes=-5), timedelta(minutes=5)


@pytest.fixture
def attempt(tenant: Tenant, at: datetime, jobs: Jobs) -> Attempt:
    """A talk; its agent is on the line."""
    campaign: Campaign = open_campaign(at)
    found = reserve_one(campaign, at)
    Attempt.objects.filter(id=found.id).update(
        state=AttemptState.CONNECTED, sid="CA" + "1" * 32, placed_at=at, answered_at=at, trusted_until=at + SOON
    )
    seat_agent(campaign, at, state=AgentState.ON_CALL, attempt=found)
    jobs.sent.clear()
    return found


def transfer(attempt: Attempt, at: datetime, **values: Any) -> Transfer:
    target, _ = TransferTarget.objects.get_or_create(name="Claims desk", phone="+12025550143")
    values = {"way": "WARM", "sid": "CA" + "5" * 32, "trusted_until": at + SOON, **values}
    return Transfer.objects.create(
        attempt=attempt,
        target=target,
        agent=factories.UserFactory.create(),
        name=target.name,
        phone=target.phone,
        asked_at=at,
        **values,
    )


def wakes(attempt: Attempt, jobs: Jobs, at: datetime) -> set[str]:
    reconcile(tenant_id=attempt.tenant_id, at=at)
    return {name for name, _ in jobs.sent if name != "agents.connect_leg"}


@pytest.mark.parametrize(
    ("values", "wanted"),
    [
        ({"state": TransferState.ASKED, "sid": "", "trusted_until": None}, {"agents.dial_target"}),
        ({"state": TransferState.DIALLING}, set()),
        ({"state": TransferState.TALKING}, set()),
        ({"state": TransferState.ENDING}, set()),
    ],
)
def test_only_what_nobody_has_begun_is_begun(
    attempt: Attempt, jobs: Jobs, at: datetime, values: dict[str, Any], wanted: set[str]
) -> None:
    transfer(attempt, at, **values)

    assert wakes(attempt, jobs, at) == wanted


@pytest.mark.parametrize(
    ("state", "wanted"),
    [
        (TransferState.DIALLING, {"agents.refresh_target"}),
        (TransferState.TALKING, {"agents.refresh_target"}),
        (TransferState.ENDING, {"agents.refresh_target", "agents.end_target"}),
    ],
)
def test_a_leg_without_news_is_looked_up_and_hung_up_again(
    attempt: Attempt, jobs: Jobs, at: datetime, state: TransferState, wanted: set[str]
) -> None:
    transfer(attempt, at, state=state, trusted_until=at + LONG_AGO)

    assert wakes(attempt, jobs, at) == wanted


@pytest.mark.parametrize(
    ("values", "wanted"),
    [
        ({"result": "NO_ANSWER"}, {"agents.fetch_person"}),
        ({"result": "COMPLETED"}, {"calls.end_call"}),
        ({"result": "NO_ANSWER", "returned_at": True}, set()),
        ({"result": "COMPLETED", "handed_over_at": None}, set()),
        ({"result": "NO_ANSWER", "ended_at": timedelta(0)}, set()),
    ],
)
def test_a_person_whom_a_transfer_left_alone_is_seen_to(
    attempt: Attempt, jobs: Jobs, at: datetime, values: dict[str, Any], wanted: set[str]
) -> None:
    ended_at = at + values.pop("ended_at", LONG_AGO)
    values |= {"returned_at": at} if values.pop("returned_at", False) else {}
    transfer(attempt, at, **{"state": TransferState.ENDED, "ended_at": ended_at, "handed_over_at": at, **values})
    Attempt.objects.filter(id=attempt.id).update(left_at=at)

    assert wakes(attempt, jobs, at) == wanted


def test_a_call_that_was_left_is_not_ended_by_its_disposition(attempt: Attempt, jobs: Jobs, at: datetime) -> None:
    Attempt.objects.filter(id=attempt.id).update(disposed_at=at)
    assert wakes(attempt, jobs, at) == {"calls.end_call"}
    jobs.sent.clear()
    Attempt.objects.filter(id=attempt.id).update(left_at=at)

    assert wakes(attempt, jobs, at) == set()


def test_a_target_is_hung_up_when_the_call_is_over(attempt: Attempt, jobs: Jobs, at: datetime) -> None:
    row = transfer(attempt, at, state=TransferState.TALKING, answered_at=at)
    Attempt.objects.filter(id=attempt.id).update(state=AttemptState.ENDED, ended_at=at, settled_at=at, outcome="FAILED")

    assert "agents.end_target" in wakes(attempt, jobs, at)
    row.refresh_from_db()
    assert (row.state, row.result) == (TransferState.ENDING, "COMPLETED")


@pytest.mark.parametrize(("is_handed_over", "state"), [(False, TransferState.ENDING), (True, TransferState.TALKING)])
def test_a_target_does_not_stay_in_the_room_of_an_agent_whose_line_is_lost(
    attempt: Attempt, jobs: Jobs, at: datetime, is_handed_over: bool, state: TransferState
) -> None:
    session = seat_agent(attempt.campaign, at)
    row = transfer(attempt, at, state=TransferState.TALKING, handed_over_at=at if is_handed_over else None)
    LostLine.objects.create(session=session, attempt=attempt, state=LostLine.State.WAITING, lost_at=at, told_at=at)

    reconcile(tenant_id=attempt.tenant_id, at=at)

    row.refresh_from_db()
    assert row.state == state
