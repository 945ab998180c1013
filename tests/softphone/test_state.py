"""What the desk is told, and that nothing typed is lost."""

import asyncio
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django.fixtures import Settings

from apps.accounts.models import Membership, Role
from apps.agents.models import AgentSession, AgentState
from apps.agents.services import sessions
from apps.calls.models import Attempt, QuotaCell
from apps.campaigns.models import Campaign
from apps.compliance.domain.codes import Consent as ConsentCode
from apps.compliance.domain.codes import EbrKind, Purpose
from apps.compliance.domain.facts import Ebr
from apps.compliance.models import Consent
from apps.core.publish import client as valkey
from apps.leads.models import Lead
from apps.scripts.models import ScriptVersion
from apps.softphone import live, wording
from apps.softphone.selectors import desk_state
from apps.tenants.models import Tenant
from tests import factories
from tests.conformance.running import PATIENCE
from tests.pages import add_member, client_of
from tests.softphone.conftest import Post, facts_of, put_on_call

State = Callable[[], dict[str, Any]]


def test_card_says_who_why_and_what_to_say(state: State, on_call: Attempt, at: datetime) -> None:
    Consent.objects.create(
        phone=on_call.phone, kind=Consent.Kind.EXPRESS, text="Call me", source="API", captured_at=at - timedelta(days=2)
    )
    contact = state()["contact"]
    assert contact["lead"]["phone_text"].replace("\xa0", " ").replace("\u2011", "-") == "+1 212-555-0101"
    assert contact["script"]["text"] == "Hello Ada, Alex Agent here for Acme Windows."
    assert [question["key"] for question in contact["script"]["questions"]] == ["owner", "wish"]
    why = contact["why"]
    assert (why["source"], why["attempt_number"], why["consent"]["text"]) == ("Spring fair", 1, "Call me")
    assert why["grounds"] == [
        "Calling hours were open: 13:00 New York.",
        "Not on the do-not-call registers.",
        "Nobody at this number has asked you to stop calling.",
        "Not called in the last 30 days.",
    ]
    assert [rule["id"] for rule in why["rules"]] == ["US.hours"]
    assert why["cautions"][0] == {
        "text": "Say first who you are, for which seller you call, that you sell, and what.",
        "source": "16 CFR 310.4(d); 47 CFR 64.1200(d)(4)",
    }


def test_history_leaves_out_the_call_of_the_moment(state: State, on_call: Attempt, at: datetime) -> None:
    factories.AttemptFactory.create(
        campaign=on_call.campaign,
        campaign_lead=on_call.campaign_lead,
        reserved_at=at - timedelta(days=1),
        note="Call in June",
    )
    assert [(item["outcome"], item["note"]) for item in state()["contact"]["history"]] == [
        ("No answer", "Call in June")
    ]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"on_national_dnc": True}, "On a do-not-call register, which does not forbid this call: see the rules."),
        ({"consent": ConsentCode.EXPRESS_WRITTEN}, "The person has agreed to calls in writing."),
        ({"consent": ConsentCode.EXPRESS}, "The person has agreed to calls, not in writing."),
        ({"ebr": (Ebr(EbrKind.PURCHASE, 12),)}, "Bought from you 12 days ago."),
        ({"ebr": (Ebr(EbrKind.INQUIRY, 3),)}, "Asked you 3 days ago."),
    ],
)
def test_grounds_name_what_allows_the_call(lead: Lead, at: datetime, changes: dict[str, Any], expected: str) -> None:
    decision = factories.DecisionFactory.create(decided_at=at, facts=facts_of(lead, **changes))
    assert expected in wording.grounds(decision)


def test_earlier_calls_are_counted_in_the_grounds(lead: Lead, at: datetime) -> None:
    decision = factories.DecisionFactory.create(decided_at=at, facts=facts_of(lead, attempts=(at, at)))
    assert wording.grounds(decision)[-1] == "Called 2 times in the last 30 days."


@pytest.mark.parametrize("purpose", Purpose)
def test_every_purpose_has_its_cautions(lead: Lead, at: datetime, purpose: Purpose) -> None:
    decision = factories.DecisionFactory.create(decided_at=at, facts=facts_of(lead, purpose=purpose))
    texts = [caution["text"] for caution in wording.cautions(decision)]
    assert (len(texts) >= 3, texts[-1]) == (
        True,
        "Who asks not to be called again is not argued with: record it at once.",
    )


def test_written_consent_needs_no_warning_of_recordings(lead: Lead, at: datetime) -> None:
    decision = factories.DecisionFactory.create(
        decided_at=at, facts=facts_of(lead, consent=ConsentCode.EXPRESS_WRITTEN)
    )
    assert [caution["text"] for caution in wording.cautions(decision) if "recorded" in caution["text"]] == []


@pytest.mark.parametrize("desk", ["BREAK", "READY", "PREVIEW", "RESERVED", "ON_CALL", "WRAP_UP"])
def test_state_takes_few_queries(session: AgentSession, lead: Lead, at: datetime, desk: str) -> None:
    if desk in {"RESERVED", "ON_CALL", "WRAP_UP"}:
        put_on_call(session, lead, at, AgentState(desk))
    elif desk == "PREVIEW":
        session.preview_lead = factories.CampaignLeadFactory.create(campaign=session.campaign, lead=lead, state=2)
    session.state = desk
    session.save()
    for _ in range(3):
        factories.AttemptFactory.create(campaign_lead__lead=lead, reserved_at=at)
    with CaptureQueriesContext(connection) as queries:
        shown = desk_state(session.user, at=at)
    # Session, telephone, dispositions, call-backs, listeners, notices, coaching; with a person: card, decision, consent, history with
    # transfers and inbound calls; in a call: lost line, its transfer; in a talk: to whom it can be transferred; on a break: campaigns.
    expected = {"BREAK": 8, "READY": 7, "PREVIEW": 13, "RESERVED": 14, "ON_CALL": 16, "WRAP_UP": 15}[desk]
    assert (shown["session"]["state"], len(queries)) == (desk, expected)


def test_telephone_counts_as_connected_only_once_it_has_been_rung(
    session: AgentSession, state: State, at: datetime
) -> None:
    row = AgentSession.objects.filter(id=session.id)
    row.update(is_by_phone=True, is_leg_connected=True, phone_rung_at=None)
    assert state()["session"]["is_leg_connected"] is False
    row.update(phone_rung_at=at)
    assert state()["session"]["is_leg_connected"] is True


def test_draft_is_what_a_reload_shows(post: Post, state: State, on_call: Attempt) -> None:
    draft = {"campaign_lead": on_call.campaign_lead_id, "at": 1, "note": "Half a sent", "answers": {"owner": "Yes"}}
    assert post("draft", attempt=str(on_call.id), **draft).status_code == 200
    assert state()["draft"] == draft


def test_draft_survives_the_end_of_the_call(post: Post, state: State, on_call: Attempt, at: datetime) -> None:
    post("draft", attempt=str(on_call.id), note="Kept")
    Attempt.objects.filter(id=on_call.id).update(settled_at=at, outcome="CONNECTED")
    sessions.follow_attempt(attempt_id=on_call.id, at=at)
    shown = state()
    assert (shown["session"]["state"], shown["draft"]) == ("WRAP_UP", {"note": "Kept"})


def test_machine_that_was_written_about_is_wrapped_up(post: Post, state: State, on_call: Attempt, at: datetime) -> None:
    post("draft", attempt=str(on_call.id), note="It was a person")
    Attempt.objects.filter(id=on_call.id).update(settled_at=at, outcome="MACHINE")
    sessions.follow_attempt(attempt_id=on_call.id, at=at)
    assert state()["session"]["state"] == "WRAP_UP"


def test_machine_gives_the_agent_back_at_once(state: State, on_call: Attempt, at: datetime) -> None:
    Attempt.objects.filter(id=on_call.id).update(settled_at=at, outcome="MACHINE")
    sessions.follow_attempt(attempt_id=on_call.id, at=at)
    assert state()["session"]["state"] == "READY"


def test_note_of_a_call_nobody_took_stays_with_it(post: Post, on_call: Attempt, at: datetime) -> None:
    AgentSession.objects.update(state=AgentState.RESERVED)
    post("draft", attempt=str(on_call.id), note="Prepared the offer")
    Attempt.objects.filter(id=on_call.id).update(settled_at=at, outcome="NO_ANSWER", connected_at=None)
    sessions.follow_attempt(attempt_id=on_call.id, at=at)
    on_call.refresh_from_db()
    assert on_call.note == "Prepared the offer"


def test_late_draft_goes_to_its_own_call(post: Post, state: State, wrap_up: Attempt) -> None:
    AgentSession.objects.update(attempt=None, state=AgentState.READY)
    answer = post("draft", attempt=str(wrap_up.id), note="Last words")
    wrap_up.refresh_from_db()
    assert (answer.status_code, wrap_up.note, state()["draft"]) == (409, "Last words", {})


def test_late_draft_never_changes_a_disposed_call(post: Post, wrap_up: Attempt) -> None:
    post("dispose", disposition="SALE", note="Final")
    assert post("draft", attempt=str(wrap_up.id), note="Old").status_code == 409
    wrap_up.refresh_from_db()
    assert wrap_up.note == "Final"


def test_draft_about_nobody_in_particular_is_refused(post: Post, state: State, on_call: Attempt) -> None:
    assert (post("draft", note="?").status_code, post("draft", attempt=str(uuid4()), note="?").status_code) == (
        409,
        409,
    )
    assert state()["draft"] == {}


def test_draft_has_a_limit(post: Post, on_call: Attempt) -> None:
    assert post("draft", attempt=str(on_call.id), note="x" * 70_000).status_code == 422


def test_agents_see_only_their_own_desk(tenant: Tenant, on_call: Attempt) -> None:
    colleague = client_of(add_member(tenant, Role.AGENT))
    assert colleague.get("/t/acme/desk/state").json()["session"] is None


def test_stream_passes_on_what_is_published(settings: Settings) -> None:
    async def first_two() -> list[Any]:
        stream = live.messages("live:1:desk:2")
        taken = [await anext(stream)]
        valkey().publish("live:1:desk:2", json.dumps({"session": 5, "state": "ON_CALL"}))
        while not taken[-1].startswith(b"data: ") or len(taken) < 2:
            taken.append(await asyncio.wait_for(anext(stream), PATIENCE))
            if not taken[-1].startswith(b"data: "):
                taken.pop()
        await stream.aclose()
        return [json.loads(message.removeprefix(b"data: ")) for message in taken]

    assert asyncio.run(first_two()) == [{"state": "subscribed"}, {"session": 5, "state": "ON_CALL"}]


def test_change_of_a_session_is_published(
    agent: Membership, session: AgentSession, at: datetime, django_capture_on_commit_callbacks: Any
) -> None:
    listener = valkey().pubsub(ignore_subscribe_messages=True)
    listener.subscribe(f"live:{session.tenant_id}:desk:{agent.user_id}")
    listener.get_message(timeout=PATIENCE)
    with django_capture_on_commit_callbacks(execute=True):
        sessions.take_break(session=session, reason="Lunch", at=at)
    message = listener.get_message(timeout=PATIENCE)
    listener.close()
    assert message is not None
    assert json.loads(message["data"]) == {"session": session.id, "state": "BREAK"}


def test_card_has_the_script_that_the_call_began_with(session: AgentSession, lead: Lead, at: datetime) -> None:
    attempt = put_on_call(session, lead, at)
    begun = session.campaign.script_version
    assert begun is not None
    Attempt.objects.filter(id=attempt.id).update(script_version=begun)
    newer = factories.ScriptVersionFactory.create(script=begun.script, number=2, text="New words")
    Campaign.objects.filter(id=session.campaign_id).update(script_version=newer)
    assert desk_state(session.user, at=at)["contact"]["script"]["id"] == begun.id


def test_card_has_disclosures_of_the_place_and_full_cells_of_a_survey(
    session: AgentSession, lead: Lead, at: datetime
) -> None:
    put_on_call(session, lead, at)
    conditions = [{"key": "owner", "options": ["Yes"], "least": None, "most": None}]
    QuotaCell.objects.create(
        campaign=session.campaign, position=0, label="Owners", conditions=conditions, target=1, count=1
    )
    disclosures = [{"jurisdiction": code, "text": f"{code} for {{first_name}}"} for code in ("US", "US-CA", "US-NY")]
    versions = ScriptVersion.objects.filter(id=session.campaign.script_version_id)
    versions.update(disclosures=disclosures)
    contact = desk_state(session.user, at=at)["contact"]
    assert [item["text"] for item in contact["script"]["disclosures"]] == ["US for Ada", "US-NY for Ada"]
    assert contact["quotas"] == []
    versions.update(kind="SURVEY")
    assert desk_state(session.user, at=at)["contact"]["quotas"] == [conditions]
