"""The gate with what the tenant really knows: registers, lists, consents, past calls; and its answers on record."""

from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from apps.calls.models import Attempt
from apps.calls.selectors import requests_for
from apps.campaigns.models import Campaign
from apps.compliance.domain.hours import window_state
from apps.compliance.models import Consent, Decision, DncRegister, DncRegisterNumber, Evidence
from apps.compliance.rulebook.loader import load_rulebook
from apps.compliance.selectors import register_usable_until
from apps.compliance.services import gate
from apps.compliance.services.consents import ConsentFact, record_consent, revoke_consent
from apps.compliance.services.replay import facts_from_json, facts_to_json, replay_decision
from apps.compliance.services.suppression import add_dnc_entry, remove_dnc_entry
from apps.leads.models import Lead
from apps.tenants.models import Tenant
from apps.tenants.scope import tenant_scope
from tests import factories
from tests.dialling import open_campaign

PHONE = "+12125550142"


@pytest.fixture
def campaign(tenant: Tenant, at: datetime) -> Campaign:
    return open_campaign(at)


@pytest.fixture
def lead(campaign: Campaign) -> Lead:
    place = factories.PlaceFactory.create(jurisdictions=["US", "US-NY"])
    lead: Lead = factories.LeadFactory.create(phone=PHONE, place=place)
    return lead


def decide(campaign: Campaign, lead: Lead, at: datetime, mode: str = "MANUAL") -> Decision:
    """Ask and store, as the dialler does."""
    return gate.store(gate.check(requests_for(campaign, [lead], mode=mode, at=at), at=at), at=at)[0]


def reasons(campaign: Campaign, lead: Lead, at: datetime, mode: str = "MANUAL") -> list[str]:
    return list(decide(campaign, lead, at, mode).reasons)


def test_a_lawful_call_is_allowed_and_says_by_which_rulebook(campaign: Campaign, lead: Lead, at: datetime) -> None:
    decision = decide(campaign, lead, at)

    assert (decision.is_allowed, decision.reasons, decision.phone) == (True, [], PHONE)
    assert decision.rulebook == load_rulebook().version
    assert decision.expires_at == at + timedelta(seconds=gate.ALLOW_SECONDS)


def test_the_national_register_that_is_missing_or_old_has_not_said_no(
    campaign: Campaign, lead: Lead, at: datetime
) -> None:
    copies = DncRegister.objects.filter(jurisdiction="US")
    copies.update(listed_on=at.date() - timedelta(days=40))
    assert not decide(campaign, lead, at).is_allowed

    copies.delete()
    assert not decide(campaign, lead, at).is_allowed


@pytest.mark.parametrize("code", ["US", "US-NY"])
def test_a_number_on_a_register_is_not_called(campaign: Campaign, lead: Lead, at: datetime, code: str) -> None:
    DncRegisterNumber.objects.create(register=DncRegister.objects.get(jurisdiction=code), phone=PHONE)

    assert reasons(campaign, lead, at) == ["dnc_national" if code == "US" else "dnc_state"]


def test_the_tenants_own_list_holds_everywhere_and_a_campaigns_only_there(
    campaign: Campaign, lead: Lead, at: datetime
) -> None:
    other = factories.CampaignFactory.create()
    who: dict[str, Any] = {"phone": PHONE, "source": Evidence.MANAGER, "created_by": "test", "at": at}
    own = add_dnc_entry(campaign_id=campaign.id, **who)
    assert (reasons(campaign, lead, at), reasons(other, lead, at)) == (["dnc_entity"], [])

    add_dnc_entry(campaign_id=None, **who)
    remove_dnc_entry(entry_id=own.id, note="By mistake", removed_by="test", at=at)
    assert (reasons(campaign, lead, at), reasons(other, lead, at)) == (["dnc_entity"], ["dnc_entity"])


def test_the_list_of_another_tenant_says_nothing(
    campaign: Campaign, lead: Lead, at: datetime, other_tenant: Tenant
) -> None:
    with tenant_scope(other_tenant.id):
        add_dnc_entry(phone=PHONE, campaign_id=None, source=Evidence.MANAGER, created_by="test", at=at)

    assert decide(campaign, lead, at).is_allowed


@pytest.mark.parametrize("kind", [Consent.Kind.EXPRESS, Consent.Kind.EXPRESS_WRITTEN])
def test_a_withdrawal_takes_a_consent_away_whatever_comes_late(
    campaign: Campaign, lead: Lead, at: datetime, kind: Consent.Kind
) -> None:
    day = timedelta(days=1)
    record_consent(fact=ConsentFact(PHONE, kind, Evidence.API, at - 3 * day), recorded_by="source", at=at)
    assert decide(campaign, lead, at).facts["consent"] == kind.lower()

    revoke_consent(phone=PHONE, source=Evidence.CALLEE, revoked_by="keypad", at=at)
    record_consent(fact=ConsentFact(PHONE, kind, Evidence.API, at - day), recorded_by="source", at=at)

    assert decide(campaign, lead, at).facts["consent"] == "revoked"


def past_call(campaign: Campaign, lead: Lead, at: datetime, outcome: str = "NO_ANSWER", *, placed: bool = True) -> None:
    factories.AttemptFactory.create(
        campaign=campaign,
        campaign_lead=factories.CampaignLeadFactory.create(campaign=factories.CampaignFactory.create(), lead=lead),
        lead=lead,
        reserved_at=at,
        placing_at=at if placed else None,
        outcome=outcome,
    )


def test_past_calls_of_all_campaigns_are_facts_and_those_never_placed_are_not(
    campaign: Campaign, lead: Lead, at: datetime
) -> None:
    hour = timedelta(hours=1)
    past_call(campaign, lead, at - hour)
    past_call(campaign, lead, at - 2 * hour, "CONNECTED")
    past_call(campaign, lead, at - 3 * hour, "REFUSED")
    past_call(campaign, lead, at - 4 * hour, "EXPIRED", placed=False)
    past_call(campaign, lead, at - timedelta(days=31))

    facts = facts_from_json(decide(campaign, lead, at).facts)

    assert facts.attempts == (at - 2 * hour, at - hour)
    assert facts.talks == (at - 2 * hour,)


def test_a_cap_on_calls_is_kept(campaign: Campaign, at: datetime) -> None:
    """Florida: three calls on a subject in 24 hours, Fla. Stat. 501.616(6)(b)."""
    DncRegister.objects.create(jurisdiction="US-FL", listed_on=at.date())
    place = factories.PlaceFactory.create(jurisdictions=["US", "US-FL"])
    lead = factories.LeadFactory.create(phone="+13055550142", state="FL", place=place)
    allowed = []
    for hours in range(4):
        allowed.append(decide(campaign, lead, at).is_allowed)
        past_call(campaign, lead, at - timedelta(hours=hours + 1))

    assert allowed == [True, True, True, False]
    assert "cap" in "".join(reasons(campaign, lead, at))


# --- how long an answer holds


@examples(max_examples=60)
@given(second=st.integers(0, 24 * 3600 - 1) | st.integers(24 * 3600 - 60, 24 * 3600 - 1))
def test_no_allow_outlives_its_window(campaign: Campaign, lead: Lead, at: datetime, second: int) -> None:
    """The campaign's window in New York closes at 20:00, midnight UTC; half of the instants are in its last minute."""
    instant = at.replace(hour=0, minute=0) + timedelta(seconds=second)
    decision = decide(campaign, lead, instant)
    facts = facts_from_json(decision.facts)

    assert decision.expires_at <= instant + timedelta(seconds=gate.ALLOW_SECONDS)
    if decision.is_allowed and decision.expires_at > instant:
        rings_at = decision.expires_at + gate.RING_MARGIN - timedelta(microseconds=1)
        for moment in (instant, decision.expires_at, rings_at):
            assert window_state(facts.place, facts.profile, load_rulebook(), moment, facts.own_hours).is_open


# --- on record


@pytest.mark.parametrize("prepare", [None, "dnc", "night"])
def test_a_decision_replays_from_its_stored_facts(
    campaign: Campaign, lead: Lead, at: datetime, prepare: str | None
) -> None:
    instant = at + timedelta(hours=10) if prepare == "night" else at
    if prepare == "dnc":
        add_dnc_entry(phone=PHONE, campaign_id=None, source=Evidence.MANAGER, created_by="test", at=at)
    past_call(campaign, lead, at - timedelta(hours=5))
    stored = Decision.objects.get(id=decide(campaign, lead, instant).id)

    again = replay_decision(stored)

    assert (again.is_allowed, list(again.reasons), again.next_allowed_at) == (
        stored.is_allowed,
        stored.reasons,
        stored.next_allowed_at,
    )
    assert [rule.id for rule in again.rules] == stored.rules
    assert facts_to_json(facts_from_json(stored.facts)) == stored.facts


def test_what_changes_later_does_not_change_a_replay(campaign: Campaign, lead: Lead, at: datetime) -> None:
    stored = decide(campaign, lead, at)
    add_dnc_entry(phone=PHONE, campaign_id=None, source=Evidence.MANAGER, created_by="test", at=at)
    DncRegister.objects.all().delete()
    Attempt.objects.all().delete()

    assert replay_decision(Decision.objects.get(id=stored.id)).is_allowed


def test_decisions_are_linked_in_a_ledger(campaign: Campaign, lead: Lead, at: datetime) -> None:
    first, second = (Decision.objects.get(id=decide(campaign, lead, at).id) for _ in range(2))

    assert first.hash
    assert bytes(second.previous_hash or b"") == bytes(first.hash)


def test_answers_come_in_the_order_of_the_questions(campaign: Campaign, lead: Lead, at: datetime) -> None:
    listed = factories.LeadFactory.create(phone="+12125550143", place=lead.place)
    add_dnc_entry(phone=listed.phone, campaign_id=None, source=Evidence.MANAGER, created_by="test", at=at)
    questions = requests_for(campaign, [listed, lead, listed], mode="MANUAL", at=at)

    verdicts = gate.check(questions, at=at)

    assert [verdict.decision.is_allowed for verdict in verdicts] == [False, True, False]
    assert [verdict.request.phone for verdict in verdicts] == [listed.phone, PHONE, listed.phone]


def test_a_mode_or_word_that_is_unknown_raises_and_allows_nothing(campaign: Campaign, lead: Lead, at: datetime) -> None:
    Lead.objects.filter(id=lead.id).update(line_type="pigeon")
    lead.refresh_from_db()

    with pytest.raises(ValueError, match="pigeon"):
        decide(campaign, lead, at)
    assert Decision.objects.count() == 0


@pytest.mark.parametrize("zone", ["America/New_York", "Pacific/Honolulu", "Australia/Sydney"])
def test_a_register_counts_to_the_end_of_its_last_day_where_the_person_is(
    campaign: Campaign, lead: Lead, at: datetime, zone: str
) -> None:
    DncRegister.objects.update(listed_on=date(2026, 6, 1))
    lead.place = factories.PlaceFactory.create(zones=[zone], jurisdictions=["US", "US-NY"])
    last = register_usable_until(date(2026, 6, 1))

    local = [datetime.combine(day, time(19, 59), ZoneInfo(zone)) for day in (last, last + timedelta(days=1))]

    assert [reasons(campaign, lead, moment) for moment in local] == [[], ["dnc_national", "dnc_state"]]
