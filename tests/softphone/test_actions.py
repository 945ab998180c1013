"""Each action of the desk: what it does, and whom it refuses."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from apps.accounts.models import Membership, Role
from apps.agents.models import AgentSession, AgentState
from apps.agents.services import sessions
from apps.calls import control
from apps.calls.models import Attempt, Callback, ProviderEvent
from apps.campaigns.models import Campaign, CampaignLead, CampaignList, QueueState
from apps.compliance.models import DncEntry, Evidence
from apps.compliance.services.suppression import add_dnc_entry
from apps.leads.models import Lead
from apps.telephony.errors import Blame, CarrierError, Fate
from apps.tenants.models import Tenant
from apps.tenants.scope import tenant_scope
from tests import factories
from tests.dialling import Jobs
from tests.pages import client_of, count_queries, member_client
from tests.softphone.conftest import Post, facts_of, put_on_call

State = Callable[[], dict[str, Any]]
ACTIONS = (
    "start",
    "ready",
    "break",
    "end",
    "dial",
    "skip",
    "hangup",
    "dispose",
    "draft",
    "ping",
    "hold",
    "phone",
    "recording",
    "voice",
)


@pytest.mark.parametrize("action", ACTIONS)
def test_action_wants_a_post(tenant: Tenant, action: str) -> None:
    assert member_client(tenant, Role.AGENT).get(f"/t/acme/desk/{action}").status_code == 405


@pytest.mark.parametrize("action", [*ACTIONS, "state", "search", ""])
def test_desk_is_for_those_who_take_calls(tenant: Tenant, other_client: Client, action: str) -> None:
    url = f"/t/acme/desk/{action}"
    vendor, compliance = member_client(tenant, Role.VENDOR), member_client(tenant, Role.COMPLIANCE)
    assert {vendor.post(url).status_code, compliance.post(url).status_code} <= {403, 405}
    assert {vendor.get(url).status_code, compliance.get(url).status_code} <= {403, 405}
    assert (other_client.get(url).status_code, other_client.post(url).status_code) == (404, 404)


@pytest.mark.parametrize("action", sorted(set(ACTIONS) - {"start", "dispose", "dial", "phone", "recording", "voice"}))
def test_action_without_a_shift_says_so(tenant: Tenant, post: Post, action: str) -> None:
    answer = post(action, reason="Lunch", campaign_lead=1)
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "no_session")


@pytest.mark.parametrize("body", ["[]", "{", "7", "[" * 100_000, '{"n": 1e999}', '{"n": NaN}'])
def test_action_wants_a_json_object(tenant: Tenant, body: str) -> None:
    client = member_client(tenant, Role.AGENT)
    answer = client.post("/t/acme/desk/ready", body, content_type="application/json")
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "invalid")


def test_page_carries_the_state(tenant: Tenant, campaign: Campaign) -> None:
    page = member_client(tenant, Role.AGENT).get("/t/acme/desk/")
    carried = page.content.decode().split('<script id="desk-state" type="application/json">')[1].split("</script>")[0]
    assert [item["name"] for item in json.loads(carried)["campaigns"]] == ["Renewals"]


def test_start_opens_a_shift_on_a_break(post: Post, campaign: Campaign) -> None:
    answer = post("start", campaign=campaign.id).json()
    assert (answer["session"]["state"], answer["campaign"]["name"]) == ("BREAK", "Renewals")
    assert answer["session"]["break_text"] == "Shift started: go ready when you are"


@pytest.mark.parametrize("changes", [{"state": "DRAFT"}, {"state": "ARCHIVED"}, {"state": "COMPLETED"}])
def test_start_refuses_a_campaign_that_is_not_open(post: Post, campaign: Campaign, changes: dict[str, str]) -> None:
    Campaign.objects.filter(id=campaign.id).update(**changes)
    answer = post("start", campaign=campaign.id)
    assert (answer.status_code, answer.json()["error"]["field"]) == (422, "campaign")


def test_start_knows_no_campaign_of_another_tenant(post: Post, other_tenant: Tenant) -> None:
    with tenant_scope(other_tenant.id):
        theirs = factories.CampaignFactory.create()
    assert post("start", campaign=theirs.id).status_code == 422


def test_ready_and_break(post: Post, session: AgentSession) -> None:
    assert post("ready").json()["session"]["state"] == "READY"
    answer = post("break", reason="Lunch").json()["session"]
    assert (answer["state"], answer["break_reason"]) == ("BREAK", "Lunch")


def test_ready_waits_for_the_line(post: Post, session: AgentSession) -> None:
    AgentSession.objects.update(is_leg_connected=False)
    answer = post("ready").json()["session"]
    assert (answer["state"], answer["next_state"]) == ("BREAK", "READY")


def test_break_needs_one_of_the_reasons(post: Post, session: AgentSession) -> None:
    answer = post("break", reason="Beach")
    assert (answer.status_code, answer.json()["error"]["field"]) == (422, "reason")


def test_break_and_end_wait_for_the_wrap_up(post: Post, on_call: Attempt) -> None:
    assert post("break", reason="Lunch").json()["session"]["next_state"] == "BREAK"
    assert post("ready").json()["session"]["next_state"] == ""
    assert post("end").json()["session"]["next_state"] == "OFFLINE"


def test_end_closes_the_shift(post: Post, session: AgentSession) -> None:
    assert post("end").json()["session"] is None
    assert AgentSession.objects.get().ended_at is not None


def test_dial_places_a_call_through_the_gate(post: Post, session: AgentSession, lead: Lead) -> None:
    row = factories.CampaignLeadFactory.create(campaign=session.campaign, lead=lead)
    answer = post("dial", campaign_lead=row.id).json()
    assert (answer["session"]["state"], answer["contact"]["lead"]["name"]) == ("RESERVED", "Ada Byron")
    assert Attempt.objects.get().decision.is_allowed


def test_refused_dial_says_why_in_words(post: Post, session: AgentSession, lead: Lead, at: datetime) -> None:
    add_dnc_entry(phone=lead.phone, campaign_id=None, source=Evidence.AGENT, created_by="test", at=at)
    row = factories.CampaignLeadFactory.create(campaign=session.campaign, lead=lead)
    answer = post("dial", campaign_lead=row.id)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error["reasons"]) == (403, "call_refused", ["dnc_entity"])
    assert (error["message"], error["next_allowed_at"]) == ("Refused: asked you not to call again", None)
    assert not Attempt.objects.exists()


def test_dial_refuses_a_lead_of_another_campaign(post: Post, session: AgentSession, other_tenant: Tenant) -> None:
    elsewhere = factories.CampaignLeadFactory.create()
    with tenant_scope(other_tenant.id):
        theirs = factories.CampaignLeadFactory.create()
    answers = [post("dial", campaign_lead=row.id) for row in (elsewhere, theirs)]
    assert [answer.status_code for answer in answers] == [422, 422]
    elsewhere.refresh_from_db()
    assert elsewhere.state == QueueState.READY


@pytest.fixture
def preview(session: AgentSession, lead: Lead) -> CampaignLead:
    """The lead is on the screen for preview."""
    row: CampaignLead = factories.CampaignLeadFactory.create(campaign=session.campaign, lead=lead, state=2)
    AgentSession.objects.update(state=AgentState.PREVIEW, preview_lead=row)
    return row


def test_preview_shows_the_lead_and_dials_it(post: Post, state: State, preview: CampaignLead) -> None:
    shown = state()
    assert (shown["attempt"], shown["contact"]["campaign_lead"]) == (None, preview.id)
    assert post("dial", campaign_lead=preview.id).json()["session"]["state"] == "RESERVED"


def test_preview_is_not_lost_for_a_call_by_hand(post: Post, state: State, preview: CampaignLead) -> None:
    other = factories.CampaignLeadFactory.create(campaign=preview.campaign)
    answer = post("dial", campaign_lead=other.id)
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "preview_open")
    assert state()["contact"]["campaign_lead"] == preview.id


def test_skip_lets_the_preview_pass_with_its_reason(post: Post, preview: CampaignLead) -> None:
    assert post("skip", campaign_lead=preview.id, reason="Bad moment").json()["session"]["state"] == "READY"
    preview.refresh_from_db()
    assert (preview.state, preview.reason) == (QueueState.WAITING, "Bad moment")


def test_skip_never_hits_the_next_preview(post: Post, state: State, preview: CampaignLead) -> None:
    assert post("skip", campaign_lead=preview.id + 1).status_code == 409
    assert state()["session"]["state"] == "PREVIEW"


def test_skip_without_a_preview_is_a_conflict(post: Post, session: AgentSession) -> None:
    assert post("skip").status_code == 409


def test_hang_up_is_for_the_call_on_the_screen(post: Post, on_call: Attempt) -> None:
    assert post("hangup", attempt=str(on_call.id)).status_code == 200
    assert post("hangup", attempt=str(uuid4())).json()["error"]["code"] == "no_call"
    assert post("hangup", attempt="x").status_code == 422


def test_hang_up_without_a_call_is_a_conflict(post: Post, session: AgentSession) -> None:
    assert post("hangup").json()["error"]["code"] == "no_call"


def test_disposition_is_saved_with_note_and_answers_as_asked(post: Post, wrap_up: Attempt) -> None:
    answer = post("dispose", attempt=str(wrap_up.id), disposition="SALE", note="Two windows", answers={"owner": "Yes"})
    wrap_up.refresh_from_db()
    assert (answer.json()["session"]["state"], answer.json()["contact"]) == ("READY", None)
    assert (wrap_up.disposition and wrap_up.disposition.code, wrap_up.note) == ("SALE", "Two windows")
    [answered] = wrap_up.answers.all()
    assert (answered.question, answered.text, answered.is_partial) == ("Do you own your home?", "Yes", False)


def test_disposition_during_the_call_waits_for_its_end(post: Post, on_call: Attempt) -> None:
    answer = post("dispose", attempt=str(on_call.id), disposition="SALE").json()
    assert (answer["session"]["state"], answer["attempt"]["is_disposed"]) == ("ON_CALL", True)


def test_second_disposition_is_a_conflict_and_the_first_stays(post: Post, on_call: Attempt) -> None:
    post("dispose", attempt=str(on_call.id), disposition="SALE", note="First")
    answer = post("dispose", attempt=str(on_call.id), disposition="NI", note="Second")
    on_call.refresh_from_db()
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "already_disposed")
    assert (on_call.disposition and on_call.disposition.code, on_call.note) == ("SALE", "First")


def test_disposition_of_a_call_that_is_gone_does_not_hit_the_next(post: Post, wrap_up: Attempt) -> None:
    answer = post("dispose", attempt=str(uuid4()), disposition="SALE")
    wrap_up.refresh_from_db()
    assert (answer.status_code, wrap_up.disposed_at) == (409, None)
    assert answer.json()["state"]["attempt"]["id"] == str(wrap_up.id)


def test_ringing_call_has_no_outcome_yet(post: Post, on_call: Attempt) -> None:
    AgentSession.objects.update(state=AgentState.RESERVED)
    assert post("dispose", disposition="SALE").json()["error"]["code"] == "no_call"


def test_unknown_disposition_is_invalid(post: Post, wrap_up: Attempt) -> None:
    answer = post("dispose", disposition="NOPE")
    assert (answer.status_code, answer.json()["error"]["field"]) == (422, "disposition")


def test_do_not_call_takes_effect_at_once(post: Post, wrap_up: Attempt) -> None:
    post("dispose", disposition="DNC")
    assert list(DncEntry.objects.values_list("phone", "removed_at")) == [(wrap_up.phone, None)]


def test_callback_is_agreed_on_their_clock(post: Post, state: State, wrap_up: Attempt, at: datetime) -> None:
    promised = {"local": "2026-06-16T15:30", "zone": "America/New_York", "personal": True, "note": "Offer"}
    post("dispose", disposition="CALLBK", callback=promised)
    kept = Callback.objects.get()
    assert (kept.due_at, kept.agent_id, kept.note) == (at + timedelta(hours=2, minutes=30), wrap_up.agent_id, "Offer")
    listed = state()["callbacks"]
    assert [(item["name"], item["is_due"], item["campaign"]["name"]) for item in listed] == [
        ("Ada Byron", False, "Renewals")
    ]


@pytest.mark.parametrize(
    "callback",
    [
        None,
        {"local": "2026-06-16T12:59", "zone": "America/New_York"},
        {"local": "2026-06-17T12:00", "zone": "Mars/Olympus"},
        {"local": "soon", "zone": "America/New_York"},
    ],
)
def test_callback_without_a_good_time_is_refused(post: Post, wrap_up: Attempt, callback: Any) -> None:
    answer = post("dispose", disposition="CALLBK", callback=callback)
    wrap_up.refresh_from_db()
    assert (answer.status_code, answer.json()["error"]["field"]) == (422, "callback")
    assert (wrap_up.disposed_at, Callback.objects.count()) == (None, 0)


def test_ping_says_that_the_desk_is_there(post: Post, session: AgentSession, at: datetime) -> None:
    AgentSession.objects.update(seen_at=at - timedelta(minutes=5))
    assert post("ping").json()["session"]["state"] == "BREAK"
    assert AgentSession.objects.get().seen_at - at < timedelta(seconds=1)


def test_search_finds_leads_of_the_campaign_only(tenant: Tenant, session: AgentSession, lead: Lead) -> None:
    namesakes = factories.LeadListFactory.create()
    for _ in range(21):
        factories.CampaignLeadFactory.create(lead=factories.LeadFactory.create(last_name="Byron", lead_list=namesakes))
    last = factories.LeadFactory.create(last_name="Byron", first_name="Ada", lead_list=lead.lead_list)
    row = factories.CampaignLeadFactory.create(campaign=session.campaign, lead=last)
    CampaignList.objects.create(campaign=session.campaign, lead_list=lead.lead_list)
    client = Client()
    client.force_login(session.user, backend="allauth.account.auth_backends.AuthenticationBackend")
    found = client.get("/t/acme/desk/search", {"q": "byron"}).json()["leads"]
    assert [(item["campaign_lead"], item["name"]) for item in found] == [(row.id, "Ada Byron")]


def test_search_costs_the_same_for_one_and_three_lists(tenant: Tenant, session: AgentSession) -> None:
    client, costs = client_of(Membership.objects.get(user=session.user)), []
    for _ in range(3):
        lead = factories.LeadFactory.create(last_name="Byron")
        CampaignList.objects.create(campaign=session.campaign, lead_list=lead.lead_list)
        costs.append(count_queries(client, "/t/acme/desk/search?q=byron"))
    assert costs[0] == costs[2]


def test_search_without_a_shift_is_a_conflict(tenant: Tenant) -> None:
    assert member_client(tenant, Role.AGENT).get("/t/acme/desk/search?q=a").status_code == 409


def test_hold_is_for_whoever_is_on_the_line(
    session: AgentSession, lead: Lead, at: datetime, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[dict[str, Any]] = []
    monkeypatch.setattr(control, "hold_person", lambda **values: asked.append(values))
    assert post("hold", is_held=True).json()["error"]["code"] == "no_call"
    attempt = put_on_call(session, lead, at)
    AgentSession.objects.filter(id=session.id).update(room_sid="CF" + "1" * 32)

    states = [post("hold", is_held=is_held).json()["session"]["is_holding"] for is_held in (True, False)]

    assert states == [True, False]
    assert [(one["attempt"], one["room_sid"], one["is_held"]) for one in asked] == [
        (attempt, "CF" + "1" * 32, True),
        (attempt, "CF" + "1" * 32, False),
    ]


def test_a_hold_that_the_carrier_refuses_is_told_and_not_shown(
    session: AgentSession, lead: Lead, at: datetime, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(**_: Any) -> None:
        raise CarrierError("Too many.", code="20429", blame=Blame.RATE, fate=Fate.NOT_DONE, permanent=False)

    monkeypatch.setattr(control, "hold_person", refuse)
    put_on_call(session, lead, at)
    AgentSession.objects.filter(id=session.id).update(room_sid="CF" + "1" * 32)

    answer = post("hold", is_held=True)

    assert (answer.status_code, answer.json()["error"]["message"]) == (400, "Too many.")
    assert answer.json()["state"]["session"]["is_holding"] is False


def test_a_hold_that_comes_too_late_does_not_hold_the_next_call(
    session: AgentSession, lead: Lead, at: datetime, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    attempt = put_on_call(session, lead, at)
    AgentSession.objects.filter(id=session.id).update(room_sid="CF" + "1" * 32)
    following = factories.AttemptFactory.create(
        campaign=session.campaign, reserved_at=at, decision__facts=facts_of(lead)
    )

    def move_on(**_: Any) -> None:
        AgentSession.objects.filter(attempt=attempt).update(attempt=following)

    monkeypatch.setattr(control, "hold_person", move_on)

    post("hold", is_held=True)

    after = AgentSession.objects.get(id=session.id)
    assert (after.attempt_id, after.is_holding) == (following.id, False)


def test_a_hold_ends_with_the_call(session: AgentSession, lead: Lead, at: datetime) -> None:
    attempt = put_on_call(session, lead, at)
    AgentSession.objects.filter(id=session.id).update(is_holding=True)

    sessions.let_go(attempt_id=attempt.id, at=at)

    assert not AgentSession.objects.get(id=session.id).is_holding


def test_the_leg_follows_the_browser_that_does_not_have_it(session: AgentSession, post: Post, jobs: Jobs) -> None:
    assert post("phone", leg=session.leg_sid).status_code == 200
    assert jobs.named("agents.move_leg") == []

    post("phone", leg="")
    assert jobs.named("agents.move_leg") == [
        {"tenant_id": session.tenant_id, "session_id": session.id, "sid": session.leg_sid}
    ]


def test_voice_is_reported_by_the_agent_of_the_call_once(
    state: State, session: AgentSession, on_call: Attempt, post: Post, at: datetime
) -> None:
    for name in ("answer", "connected"):
        ProviderEvent.objects.create(attempt=on_call, key=name, name=name, payload={}, received_at=at)
    assert state()["attempt"]["voice_ms"] is None
    other = post("voice", attempt=str(uuid4()), browser_ms=30)
    assert (other.status_code, other.json()["error"]["code"]) == (409, "no_call")
    assert post("voice", attempt=str(on_call.id), browser_ms="30").status_code == 422
    for browser_ms in (30, 40):
        assert post("voice", attempt=str(on_call.id), browser_ms=browser_ms).json()["attempt"]["voice_ms"] == 30


@pytest.mark.parametrize("body", [b"no json", b"[]", b'"\xff"'])
def test_body_that_is_no_object_is_refused(agent: Membership, body: bytes) -> None:
    response = client_of(agent).post("/t/acme/desk/ping", body, content_type="application/json")

    assert (response.status_code, response.json()["error"]["message"]) == (422, "Send a JSON object.")


def test_what_the_database_cannot_keep_is_dropped_from_what_was_written(post: Post, on_call: Attempt) -> None:
    written = {"note": "a\0b\ud800c", "answers": {"own\0": ["x\0", 10**30]}}
    assert post("draft", attempt=str(on_call.id), **written).status_code == 200
    assert AgentSession.objects.get().draft == {"note": "abc", "answers": {"own": ["x", 10**30]}}

    assert post("dispose", attempt=str(on_call.id), disposition="SA\0LE", **written).status_code == 200
    assert Attempt.objects.get().note == "abc"


@pytest.mark.parametrize("action", ["dial", "skip", "transfer", "notice-seen", "start", "mail/send"])
def test_ids_larger_than_any_are_nobodys(post: Post, session: AgentSession, action: str) -> None:
    huge = dict.fromkeys(("campaign_lead", "target", "notice", "campaign", "template"), 10**30)
    assert post(action, **huge, way="BLIND").status_code in {200, 409, 422}


@pytest.mark.parametrize(
    ("local", "zone"),
    [
        ("2026-06-17T15:30", "America"),
        ("9999-12-31T23:00", "America/New_York"),
        ("0001-01-01T00:00", "Asia/Tokyo"),
        ("2026-06-17T15:30", "a\0b"),
    ],
)
def test_a_call_back_at_no_time_is_refused(post: Post, on_call: Attempt, local: str, zone: str) -> None:
    answer = post("dispose", disposition="CALLBK", callback={"local": local, "zone": zone})
    assert (answer.status_code, answer.json()["error"]["field"]) == (422, "callback")
