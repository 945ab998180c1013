"""Leaving a campaign's message on a machine: only where the gate allows a recorded one, and the agent is free at once."""

import re
from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client
from twilio.request_validator import RequestValidator

from apps.agents.models import AgentState
from apps.agents.services import voicemail
from apps.agents.services.states import AgentStateError
from apps.agents.services.voicemail import NoVoicemailError, VoicemailRefusedError
from apps.audit.models import AuditEntry
from apps.calls import control
from apps.calls.models import Attempt, VoicemailDrop
from apps.campaigns.models import Campaign, CampaignLead, Disposition, QueueState
from apps.compliance.models import Consent, Decision, Evidence
from apps.compliance.services.consents import ConsentFact, record_consent
from apps.dialer.services import reconcile
from apps.leads.models import Lead
from apps.tenants.models import Tenant
from tests.agents.talks import Talk, campaign, talk
from tests.dialling import Jobs, fault, now, wait_for

__all__ = ["campaign", "talk"]


@pytest.fixture
def consented(talk: Talk) -> Talk:
    """The person has agreed in writing to recorded messages."""
    fact = ConsentFact(
        phone=talk.attempt.phone,
        kind=Consent.Kind.EXPRESS_WRITTEN,
        captured_at=now() - timedelta(days=2),
        source=Evidence.API,
        text="I agree to recorded calls.",
    )
    record_consent(fact=fact, recorded_by="test", at=now())
    return talk


def ask(talk: Talk, tenant: Tenant) -> VoicemailDrop:
    session, _ = talk.reread()
    voicemail.ask_voicemail(session=session, tenant=tenant, actor=session.user, at=now())
    return VoicemailDrop.objects.get(attempt=talk.attempt)


def leave(talk: Talk) -> None:
    voicemail.leave_voicemail(tenant_id=talk.attempt.tenant_id, attempt_id=talk.attempt.id, at=now())


def test_the_message_is_spoken_to_the_person_and_the_agent_is_free_with_the_outcome_set(
    consented: Talk, tenant: Tenant, jobs: Jobs
) -> None:
    drop = ask(consented, tenant)
    for _ in range(2):
        leave(consented)

    session, attempt = consented.reread()
    assert (session.state, session.attempt_id, consented.present(consented.own_room)) == (
        AgentState.READY,
        None,
        ["agent"],
    )
    drop.refresh_from_db()
    opening, text, closing = drop.text.splitlines()
    assert (opening, text) == ("This is a message from Acme Windows.", "Your quote is ready.")
    assert closing.startswith("You can reach us at 1 2 1 2")
    assert (drop.decision.is_allowed, drop.decision.facts["dial_mode"]) == (True, "prerecorded")
    assert (attempt.disposition.code, attempt.left_at, drop.played_at) == ("A", drop.played_at, drop.played_at)
    lead = CampaignLead.objects.get(id=attempt.campaign_lead_id)
    assert (lead.state, lead.reason) == (QueueState.WAITING, "A")
    # The message is heard to its end: neither the disposition nor the reconciler hangs up.
    jobs.sent.clear()
    reconcile.reconcile(tenant_id=tenant.id, at=now())
    assert jobs.named("calls.end_call") == []
    assert consented.carrier.wait_over(attempt.sid or "")["ended_by"] == "script"
    assert list(AuditEntry.objects.filter(action="attempt.voicemail_left").values_list("target", flat=True)) == [
        f"attempt:{attempt.id}"
    ]


def test_the_persons_language_frames_the_campaigns_words_in_theirs(
    consented: Talk, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    attempt = consented.attempt
    Lead.objects.filter(id=attempt.lead_id).update(language="Spanish")
    Campaign.objects.filter(id=attempt.campaign_id).update(language="de", voicemail_text="Ihr Angebot liegt bereit.")
    sent: list[str] = []
    monkeypatch.setattr(control, "redirect_person", lambda *, attempt, document: sent.append(document))

    drop = ask(consented, tenant)
    leave(consented)

    assert drop.text.splitlines()[:2] == ["Este es un mensaje de Acme Windows.", "Ihr Angebot liegt bereit."]
    assert re.findall('<Say language="(.*?)"', sent[0]) == ["es-US", "de-DE", "es-US"]


def test_a_verdict_of_the_detection_does_not_cut_the_message(consented: Talk, tenant: Tenant, jobs: Jobs) -> None:
    ask(consented, tenant)
    leave(consented)
    Attempt.objects.filter(id=consented.attempt.id).update(disposition=None, disposed_at=None)
    account = consented.attempt.caller_id.account
    jobs.sent.clear()

    fields = {"CallSid": consented.attempt.sid, "AccountSid": account.sid, "AnsweredBy": "machine_start"}
    path = f"/hooks/{tenant.id}/voice/amd?a={consented.attempt.id}"
    assert signed(path, fields, account.auth_token) == 204
    assert jobs.named("calls.end_call") == []


def signed(path: str, fields: dict[str, str | None], token: str) -> int:
    signature = RequestValidator(token).compute_signature(settings.PUBLIC_BASE_URL + path, fields)
    return Client().post(path, fields, headers={"X-Twilio-Signature": signature}).status_code


@pytest.mark.parametrize("line_type", ["mobile", "landline", "unknown"])
def test_without_written_consent_the_gate_refuses_a_recorded_sales_message(
    talk: Talk, tenant: Tenant, jobs: Jobs, line_type: str
) -> None:
    Lead.objects.filter(id=talk.attempt.lead_id).update(line_type=line_type)
    jobs.sent.clear()

    with pytest.raises(VoicemailRefusedError, match="no consent to recorded messages"):
        ask(talk, tenant)

    stored = Decision.objects.order_by("-id")[0]
    assert (stored.is_allowed, stored.facts["dial_mode"]) == (False, "prerecorded")
    assert "consent_prerecorded" in stored.reasons
    assert (VoicemailDrop.objects.count(), jobs.named("agents.leave_voicemail")) == (0, [])
    assert talk.reread()[0].state == AgentState.ON_CALL
    assert AuditEntry.objects.filter(action="attempt.voicemail_refused").count() == 1


def test_the_call_itself_is_no_earlier_attempt(consented: Talk, tenant: Tenant) -> None:
    drop = ask(consented, tenant)

    assert drop.decision.facts["attempts"] == []


def test_a_message_that_the_carrier_did_not_take_leaves_the_agent_in_the_call_to_try_again(
    consented: Talk, tenant: Tenant
) -> None:
    ask(consented, tenant)
    with fault(consented.carrier, "throttled", target="calls.update"):
        leave(consented)

    session, attempt = consented.reread()
    failed = VoicemailDrop.objects.get(attempt=attempt)
    assert (failed.error != "", failed.played_at, attempt.left_at, attempt.disposed_at) == (True, None, None, None)
    assert (session.state, consented.present(consented.own_room)) == (AgentState.ON_CALL, ["agent", "lead"])

    ask(consented, tenant)
    leave(consented)
    assert wait_for(lambda: consented.reread()[0].state == AgentState.READY)


def test_nothing_is_offered_without_a_message_or_an_outcome_for_machines(consented: Talk, tenant: Tenant) -> None:
    Disposition.objects.filter(is_machine=True).update(is_active=False)
    with pytest.raises(NoVoicemailError):
        ask(consented, tenant)
    Disposition.objects.filter(is_machine=True).update(is_active=True)
    campaign = consented.attempt.campaign
    campaign.voicemail_text = "  "
    campaign.save()
    with pytest.raises(NoVoicemailError):
        ask(consented, tenant)


def test_no_message_after_the_call(consented: Talk, tenant: Tenant) -> None:
    Attempt.objects.filter(id=consented.attempt.id).update(left_at=now())

    with pytest.raises(AgentStateError):
        ask(consented, tenant)
