"""The desk's actions that hand a call on, and what the page is told of them."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from apps.accounts.models import Role
from apps.agents.models import AgentSession, AgentState
from apps.calls.enums import TransferState
from apps.calls.models import Attempt, Transfer, VoicemailDrop
from apps.campaigns.models import Campaign
from apps.compliance.models import Consent, Evidence
from apps.compliance.services.consents import ConsentFact, record_consent
from apps.core.templatetags.ui import phone
from apps.telephony.models import TransferTarget
from apps.tenants.models import Tenant
from apps.tenants.scope import tenant_scope
from tests.dialling import Jobs
from tests.pages import member_client
from tests.softphone.conftest import Post

State = Callable[[], dict[str, Any]]
ACTIONS = ("transfer", "leave", "call-off", "voicemail")
pytestmark = pytest.mark.usefixtures("jobs")


@pytest.fixture
def target(tenant: Tenant) -> TransferTarget:
    found: TransferTarget = TransferTarget.objects.create(name="Claims desk", phone="+12025550143", purpose="Claims")
    return found


@pytest.mark.parametrize("action", ACTIONS)
def test_action_wants_a_post_of_somebody_who_takes_calls_and_has_a_call(
    tenant: Tenant, session: AgentSession, target: TransferTarget, post: Post, action: str
) -> None:
    url = f"/t/acme/desk/{action}"
    assert member_client(tenant, Role.AGENT).get(url).status_code == 405
    assert member_client(tenant, Role.COMPLIANCE).post(url).status_code == 403
    answer = post(action, target=target.id, way="BLIND")
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "no_call")


@pytest.mark.parametrize("action", ACTIONS)
def test_action_is_for_the_call_on_the_screen(
    on_call: Attempt, target: TransferTarget, post: Post, action: str
) -> None:
    answer = post(action, attempt=str(uuid4()), target=target.id, way="BLIND")
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "no_call")


@pytest.mark.parametrize("way", ["BLIND", "WARM", "THIRD"])
def test_transfer_asks_a_worker_to_dial_the_target_of_the_list(
    on_call: Attempt, target: TransferTarget, post: Post, jobs: Jobs, way: str
) -> None:
    shown = post("transfer", attempt=str(on_call.id), target=target.id, way=way).json()["handing_on"]
    transfer = Transfer.objects.get()

    assert jobs.named("agents.dial_target") == [{"tenant_id": on_call.tenant_id, "transfer_id": str(transfer.id)}]
    assert (transfer.phone, transfer.agent_id, transfer.way) == ("+12025550143", on_call.agent_id, way)
    assert (shown["transfer"]["name"], shown["transfer"]["state"], shown["transfer"]["way"]) == (
        "Claims desk",
        "ASKED",
        way,
    )


@pytest.mark.parametrize("values", [{"way": "SHOUT"}, {"way": ""}, {"target": 0}, {"target": "+19005550143"}])
def test_nobody_outside_the_list_can_be_dialled(
    on_call: Attempt, target: TransferTarget, post: Post, jobs: Jobs, values: dict[str, Any]
) -> None:
    answer = post("transfer", **{"target": target.id, "way": "BLIND", **values})

    assert (answer.status_code, jobs.named("agents.dial_target"), Transfer.objects.count()) == (422, [], 0)


def test_a_target_of_another_tenant_is_nobody(on_call: Attempt, post: Post, other_tenant: Tenant) -> None:
    with tenant_scope(other_tenant.id):
        theirs = TransferTarget.objects.create(name="Theirs", phone="+12025550143")

    assert post("transfer", target=theirs.id, way="BLIND").json()["error"]["code"] == "target_not_usable"


def test_page_shows_the_list_only_in_a_talk(state: State, on_call: Attempt, target: TransferTarget) -> None:
    TransferTarget.objects.create(name="Gone", phone="+12025550144", is_active=False)
    shown = {"id": target.id, "name": "Claims desk", "purpose": "Claims", "phone_text": phone(target.phone)}
    assert state()["handing_on"] == {"targets": [shown], "transfer": None, "voicemail": None}

    AgentSession.objects.update(state=AgentState.WRAP_UP)
    assert state()["handing_on"]["targets"] == []


def talking(attempt: Attempt, target: TransferTarget, at: datetime, **values: Any) -> Transfer:
    """The target is on the line."""
    values = {"way": "WARM", "state": TransferState.TALKING, "sid": "CA" + "5" * 32, "answered_at": at, **values}
    return Transfer.objects.create(
        attempt=attempt, target=target, agent=attempt.agent, name=target.name, phone=target.phone, asked_at=at, **values
    )


def test_leave_and_call_off_need_somebody_to_leave_the_call_to(
    on_call: Attempt, target: TransferTarget, post: Post, jobs: Jobs, at: datetime
) -> None:
    assert [post(action).status_code for action in ("leave", "call-off")] == [409, 409]
    transfer = talking(on_call, target, at)
    jobs.sent.clear()

    assert post("leave").status_code == 200
    assert jobs.named("agents.hand_over") == [{"tenant_id": on_call.tenant_id, "transfer_id": str(transfer.id)}]
    assert post("call-off").json()["handing_on"]["transfer"]["state"] == "ENDING"
    assert len(jobs.named("agents.end_target")) == 1


def test_the_outcome_of_a_call_that_was_left_does_not_end_it(
    session: AgentSession, on_call: Attempt, target: TransferTarget, post: Post, state: State, jobs: Jobs, at: datetime
) -> None:
    talking(on_call, target, at, handed_over_at=at)
    Attempt.objects.filter(id=on_call.id).update(left_at=at)
    AgentSession.objects.update(state=AgentState.WRAP_UP)
    jobs.sent.clear()
    shown = state()
    assert (shown["attempt"]["is_left"], shown["handing_on"]["transfer"]["is_handed_over"]) == (True, True)

    assert post("hangup").json()["error"]["code"] == "no_call"
    answer = post("dispose", attempt=str(on_call.id), disposition="SALE").json()

    assert (answer["session"]["state"], answer["attempt"], jobs.named("calls.end_call")) == ("READY", None, [])


@pytest.mark.parametrize("what", ["put through", "left", "message"])
def test_an_outcome_that_comes_while_the_person_is_taken_elsewhere_does_not_hang_up_on_them(
    session: AgentSession, on_call: Attempt, target: TransferTarget, post: Post, jobs: Jobs, at: datetime, what: str
) -> None:
    if what == "put through":
        post("transfer", target=target.id, way="BLIND")
    elif what == "left":
        talking(on_call, target, at)
        post("leave")
    else:
        VoicemailDrop.objects.create(
            attempt=on_call, decision=on_call.decision, agent=session.user, text="Hello", asked_at=at
        )

    answer = post("dispose", attempt=str(on_call.id), disposition="SALE")

    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "agent_state")
    assert jobs.named("calls.end_call") == []
    Attempt.objects.filter(id=on_call.id).update(left_at=at)
    assert post("dispose", attempt=str(on_call.id), disposition="SALE").status_code == 200
    assert jobs.named("calls.end_call") == []


def test_a_message_that_should_have_been_left_long_ago_keeps_no_outcome_back(
    session: AgentSession, on_call: Attempt, post: Post, jobs: Jobs, at: datetime
) -> None:
    long_ago = at - timedelta(hours=1)
    VoicemailDrop.objects.create(
        attempt=on_call, decision=on_call.decision, agent=session.user, text="Hello", asked_at=long_ago
    )

    assert post("dispose", attempt=str(on_call.id), disposition="SALE").status_code == 200


def test_a_colleague_who_is_only_asked_does_not_keep_the_outcome_back(
    on_call: Attempt, target: TransferTarget, post: Post, jobs: Jobs, at: datetime
) -> None:
    talking(on_call, target, at)

    assert post("dispose", attempt=str(on_call.id), disposition="SALE").status_code == 200
    assert len(jobs.named("calls.end_call")) == 1


def test_voicemail_is_offered_with_a_message_and_refused_in_words(
    session: AgentSession, on_call: Attempt, post: Post, state: State, jobs: Jobs, at: datetime
) -> None:
    assert state()["handing_on"]["voicemail"] is None
    assert post("voicemail").json()["error"]["code"] == "no_voicemail"
    Campaign.objects.update(voicemail_text="Your quote is ready.")
    assert state()["handing_on"]["voicemail"] == {"is_asked": False, "error": ""}

    answer = post("voicemail", attempt=str(on_call.id))
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "voicemail_refused")
    assert answer.json()["error"]["message"] == (
        "No recorded message may be left here. Refused: no consent to recorded messages."
    )
    assert VoicemailDrop.objects.count() == 0

    written = Consent.Kind.EXPRESS_WRITTEN
    fact = ConsentFact(phone=on_call.phone, kind=written, captured_at=at, source=Evidence.API)
    record_consent(fact=fact, recorded_by="test", at=at)
    shown = post("voicemail", attempt=str(on_call.id)).json()
    assert shown["handing_on"]["voicemail"] == {"is_asked": True, "error": ""}
    assert jobs.named("agents.leave_voicemail") == [{"tenant_id": on_call.tenant_id, "attempt_id": str(on_call.id)}]
