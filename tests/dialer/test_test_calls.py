"""A call to oneself: to nobody else's browser, heard back, and nothing of it kept."""

import re
from datetime import datetime

import pytest

from apps.agents.models import AgentState
from apps.agents.services import test_calls
from apps.agents.services.states import AgentStateError
from apps.calls.models import Attempt
from apps.campaigns.models import Campaign
from apps.telephony.models import CallerId
from tests.conformance.running import RunningCarrier
from tests.dialer.callbacks import SID, answered, attempt, campaign, post
from tests.dialling import Jobs, fault, seat_agent, wait_for

__all__ = ["attempt", "campaign"]

pytestmark = pytest.mark.usefixtures("jobs")
RECORDING = "https://api.example.test/Recordings/RE1"


def test_the_own_browser_records_and_plays_back(attempt: Attempt) -> None:
    to = f"client:t{attempt.tenant_id}_c7"

    asked = answered(post(attempt, "test-call", {"To": to}, query=""))
    played = answered(post(attempt, "test-call", {"To": to, "RecordingUrl": RECORDING}, query=""))

    assert re.search(r'<Record [^>]*action="[^"]*/voice/test-call"', asked)
    assert f"<Play>{RECORDING}</Play><Hangup" in played


@pytest.mark.parametrize("to", ["+12125550181", "client:t1_u7", "client:t99_c7", ""])
def test_nobody_else_is_recorded(attempt: Attempt, to: str) -> None:
    assert re.findall("<(Record|Hangup)", answered(post(attempt, "test-call", {"To": to}, query=""))) == ["Hangup"]


def test_its_end_has_the_recording_deleted(attempt: Attempt, jobs: Jobs) -> None:
    assert post(attempt, "test-call-over", {"CallStatus": "completed"}, query="").status_code == 204
    assert post(attempt, "test-call-over", {"RecordingStatus": "completed"}, query="").status_code == 204

    assert jobs.named("agents.forget_test_call") == 2 * [{"tenant_id": attempt.tenant_id, "sid": SID}]


def test_it_is_refused_in_a_call(campaign: Campaign, at: datetime, jobs: Jobs) -> None:
    session = seat_agent(campaign, at, state=AgentState.ON_CALL)
    with pytest.raises(AgentStateError):
        test_calls.ask_test_call(tenant_id=campaign.tenant_id, user_id=session.user_id)

    session.state = AgentState.BREAK
    session.save()
    test_calls.ask_test_call(tenant_id=campaign.tenant_id, user_id=session.user_id)
    assert jobs.named("agents.place_test_call") == [{"tenant_id": campaign.tenant_id, "user_id": session.user_id}]


def test_the_carrier_rings_records_and_forgets(campaign: Campaign, exchange: RunningCarrier) -> None:
    hook = f"/hooks/{campaign.tenant_id}/voice/test-call"
    exchange.customer.answers[hook] = f'<Response><Record maxLength="4" action="{hook}"/></Response>'
    registry = exchange.carrier.registry
    test_calls.place_test_call(tenant_id=campaign.tenant_id, user_id=7)

    (call,) = registry.calls.values()
    assert call.to == f"client:t{campaign.tenant_id}_c7"
    (recording,) = wait_for(lambda: list(registry.recordings.values()))
    test_calls.forget_test_call(tenant_id=campaign.tenant_id, sid=call.sid)
    assert registry.recordings
    exchange.sim(f"calls/{call.sid}/hang_up", "POST")
    exchange.wait_over(call.sid)
    wait_for(lambda: recording.status == "completed")
    for _ in range(2):
        test_calls.forget_test_call(tenant_id=campaign.tenant_id, sid=call.sid)
    assert not registry.recordings


def test_a_carrier_that_fails_or_no_number_rings_nobody(campaign: Campaign, exchange: RunningCarrier) -> None:
    with fault(exchange, "throttled", target="calls.create"):
        test_calls.place_test_call(tenant_id=campaign.tenant_id, user_id=7)
    CallerId.objects.update(is_active=False)
    test_calls.place_test_call(tenant_id=campaign.tenant_id, user_id=7)

    assert not exchange.carrier.registry.calls
