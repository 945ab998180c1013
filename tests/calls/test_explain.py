from datetime import UTC, datetime, timedelta

import pytest

from apps.calls.enums import AttemptState
from apps.calls.explain import Answer, explain_lead
from apps.calls.models import Attempt
from apps.campaigns.models import Campaign, CampaignLead, DialMode, QueueState
from apps.compliance.models import Decision, DncRegister, Evidence
from apps.compliance.services.registers import load_register
from apps.compliance.services.suppression import add_dnc_entry
from apps.leads.models import Lead
from apps.tenants.models import Tenant
from tests import factories


@pytest.fixture
def lead(tenant: Tenant, at: datetime) -> Lead:
    """A landline in New York, with current registers that do not list it."""
    for code in ("US", "US-NY"):
        load_register(
            jurisdiction=code,
            listed_on=at.date(),
            numbers=["+16465550199"],
            is_sample=True,
            loaded_by="test",
            at=at,
        )
    place = factories.PlaceFactory.create(zones=["America/New_York"], jurisdictions=["US", "US-NY"])
    lead: Lead = factories.LeadFactory.create(phone="+12125550101", place=place)
    return lead


def enqueue(lead: Lead, **campaign: object) -> CampaignLead:
    row: CampaignLead = factories.CampaignLeadFactory.create(
        lead=lead, campaign=factories.CampaignFactory.create(**campaign)
    )
    return row


def texts(answer: Answer) -> list[str]:
    return [obstacle.text for obstacle in answer.obstacles]


def test_lead_outside_of_campaigns_is_judged_for_a_call_by_hand(tenant: Tenant, lead: Lead, at: datetime) -> None:
    answers = explain_lead(lead, tenant, at=at)
    assert [(answer.campaign, answer.is_callable, answer.obstacles) for answer in answers] == [(None, True, ())]
    assert "US.hours" in " ".join(rule.id for rule in answers[0].rules)


def test_night_says_when_it_opens(tenant: Tenant, lead: Lead) -> None:
    enqueue(lead)
    answer = explain_lead(lead, tenant, at=datetime(2026, 6, 16, 4, 0, tzinfo=UTC))[0]
    assert (answer.is_callable, texts(answer)) == (False, ["Outside calling hours where the person is."])
    assert answer.next_at == datetime(2026, 6, 16, 13, 0, tzinfo=UTC)
    assert answer.obstacles[0].remedy.startswith("Wait until it opens")


def test_refusal_that_time_does_not_heal_has_no_next_time(tenant: Tenant, lead: Lead, at: datetime) -> None:
    row = enqueue(lead)
    add_dnc_entry(phone=lead.phone, campaign_id=row.campaign_id, source=Evidence.AGENT, created_by="test", at=at)
    answer = explain_lead(lead, tenant, at=at)[0]
    assert (texts(answer), answer.next_at) == (["Asked you not to call again."], None)
    assert answer.obstacles[0].code == "dnc_entity"
    assert [rule.id for rule in answer.rules] == ["P1.dnc_entity"]


def test_missing_register_is_told_from_a_listed_number(tenant: Tenant, lead: Lead, at: datetime) -> None:
    load_register(jurisdiction="US", listed_on=at.date(), numbers=[lead.phone], is_sample=True, loaded_by="test", at=at)
    listed = explain_lead(lead, tenant, at=at)[0].obstacles[0]
    assert listed.text == "The number is on the national do-not-call register."
    assert listed.remedy.startswith("Record a signed written consent")
    late = explain_lead(lead, tenant, at=at + timedelta(days=32))[0].obstacles
    assert {obstacle.remedy for obstacle in late} == {"Load a newer copy of the register."}
    assert late[0].text == "Your copy of the national do-not-call register is too old."
    DncRegister.objects.filter(jurisdiction="US-NY").delete()
    assert "You have no copy of the state's do-not-call register." in texts(explain_lead(lead, tenant, at=at)[0])


def test_lead_that_is_done_or_waits_names_the_disposition(tenant: Tenant, lead: Lead, at: datetime) -> None:
    row = enqueue(lead, name="Spring")
    kinds = row.campaign.disposition_set
    factories.DispositionFactory.create(disposition_set=kinds, code="NI", label="Not interested", is_active=False)
    said = []
    for state in (QueueState.DONE, QueueState.WAITING):
        CampaignLead.objects.filter(id=row.id).update(state=state, reason="NI")
        said += texts(explain_lead(lead, tenant, at=at)[0])
    assert said == ["The campaign is done with it: Not interested.", "Not interested."]


def test_lead_over_a_quota_says_so_and_what_would_change_it(tenant: Tenant, lead: Lead, at: datetime) -> None:
    row = enqueue(lead, name="Survey")
    CampaignLead.objects.filter(id=row.id).update(state=QueueState.DONE, reason="quota_full")
    [obstacle] = explain_lead(lead, tenant, at=at)[0].obstacles
    assert (obstacle.text, obstacle.remedy) == (
        "The campaign is done with it: enough people of this kind have been interviewed.",
        "Raise the quota.",
    )


def test_paused_campaign_and_its_own_wait_stand_in_the_way(tenant: Tenant, lead: Lead, at: datetime) -> None:
    row = enqueue(lead, state=Campaign.State.PAUSED)
    again = at + timedelta(hours=2)
    CampaignLead.objects.filter(id=row.id).update(state=QueueState.WAITING, reason="retry", next_attempt_at=again)
    answer = explain_lead(lead, tenant, at=at)[0]
    assert texts(answer) == [
        "The campaign is not running: it is paused.",
        "Called before, waiting for the next try.",
    ]
    assert answer.next_at == again


def test_every_campaign_answers_for_itself_the_callable_ones_first(tenant: Tenant, lead: Lead, at: datetime) -> None:
    Lead.objects.filter(id=lead.id).update(line_type="mobile")
    lead = Lead.objects.select_related("place").get(id=lead.id)
    enqueue(lead, name="By hand", dial_mode=DialMode.PREVIEW)
    enqueue(lead, name="By machine", dial_mode=DialMode.PROGRESSIVE)
    enqueue(lead, name="Gone", state=Campaign.State.ARCHIVED)
    by_hand, by_machine = explain_lead(lead, tenant, at=at)
    assert (by_hand.campaign.name, by_hand.is_callable) == ("By hand", True)  # type: ignore[union-attr]
    assert by_machine.campaign.name == "By machine"  # type: ignore[union-attr]
    assert [obstacle.code for obstacle in by_machine.obstacles] == ["consent_autodial"]


def test_number_that_is_being_called_is_not_called_again(tenant: Tenant, lead: Lead, at: datetime) -> None:
    row = enqueue(lead)
    decision = Decision.objects.create(
        phone=lead.phone, decided_at=at, expires_at=at, is_allowed=True, rulebook="x", facts={}
    )
    Attempt.objects.create(
        campaign=row.campaign,
        campaign_lead=row,
        lead=lead,
        decision=decision,
        caller_id=row.campaign.caller_id,
        phone=lead.phone,
        mode=DialMode.PREVIEW,
        state=AttemptState.RINGING,
        reserved_at=at,
    )
    assert texts(explain_lead(lead, tenant, at=at)[0]) == ["This number is being called at this moment."]


def test_explaining_stores_no_decision(tenant: Tenant, lead: Lead, at: datetime) -> None:
    enqueue(lead)
    explain_lead(lead, tenant, at=at)
    assert Decision.objects.count() == 0
