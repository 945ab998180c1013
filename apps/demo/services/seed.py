"""The demo's data: three organisations with different exemptions, loaded once."""

import random
from datetime import datetime, timedelta
from typing import Any

from apps.accounts.models import Membership, Role
from apps.agents.models import AgentSession
from apps.api.models import ApiKey
from apps.api.services.keys import KeyTerms, create_key, renew_key
from apps.campaigns.models import LOWEST_FLOOR, Campaign, CampaignLead, DialMode, QueueFloor, QueueState
from apps.compliance.models import Consent, DncRegister, Evidence
from apps.compliance.services.consents import ConsentFact, record_consents
from apps.core.jobs import enqueue
from apps.demo.services.office import PASSWORD, Office, add_person, furnish, open_campaign, open_tenant
from apps.leads.models import Lead, LeadList
from apps.leads.services.lists import create_list
from apps.leads.services.places import resolve_places
from apps.mail.services.templates import TemplateValues, save_template
from apps.telephony.administration import administration_of
from apps.telephony.models import ProviderAccount
from apps.telephony.services.targets import add_target
from apps.tenants.models import LegalProfile, Tenant
from apps.tenants.scope import get_tenant_id, tenant_scope

AGENTS = 4
SOURCE = "Demo website"
AREAS = (
    ("212", "NY", "10001"), ("312", "IL", "60601"), ("305", "FL", "33101"), ("213", "CA", "90001"), ("214", "TX", "75201"),
    ("404", "GA", "30301"), ("617", "MA", "02108"), ("206", "WA", "98101"), ("303", "CO", "80202"), ("602", "AZ", "85001"),
    ("503", "OR", "97201"), ("504", "LA", "70112"), ("702", "NV", "89101"), ("216", "OH", "44114"), ("313", "MI", "48226"),
    ("215", "PA", "19102"), ("410", "MD", "21201"), ("612", "MN", "55401"), ("615", "TN", "37201"), ("704", "NC", "28202"),
    ("405", "OK", "73102"), ("801", "UT", "84101"), ("414", "WI", "53202"), ("816", "MO", "64105"), ("317", "IN", "46204"),
    ("502", "KY", "40202"), ("203", "CT", "06510"), ("401", "RI", "02903"), ("808", "HI", "96813"), ("907", "AK", "99501"),
)  # fmt: skip
FIRST = ("Ada", "Grace", "Alan", "Katherine", "Edsger", "Barbara", "Donald", "Radia", "Ken", "Frances", "Tim", "Hedy")
LAST = ("Byron", "Hopper", "Turing", "Johnson", "Dijkstra", "Liskov", "Knuth", "Perlman", "Thompson", "Allen", "Lamarr")
ROLES = (
    (Role.OWNER, "Olivia Owner"),
    (Role.MANAGER, "Mara Manager"),
    (Role.SUPERVISOR, "Sam Supervisor"),
    (Role.AGENT, "Alex Agent"),
    (Role.COMPLIANCE, "Cora Compliance"),
    (Role.VENDOR, "Vic Vendor"),
)
TENANTS = (
    ("sunrise-solar", "Sunrise Solar", LegalProfile.COMMERCIAL),
    ("river-relief", "River Relief", LegalProfile.CHARITY),
    ("civic-pulse", "Civic Pulse Surveys", LegalProfile.SURVEY),
)
# Two of the simulator's people who answer and have time, and one who never does.
TARGETS = (
    ("Senior adviser", "+12025550180", "Questions about price and contract"),
    ("Customer care", "+12025550187", "People who are customers already"),
    ("Night desk", "+12025550191", "Nobody is there by day"),
)
MESSAGE = "We are calling back about your enquiry, and will try again."
SCRIPT = (
    "Hello, this is {agent_name} calling for {seller_name}. Am I speaking with {first_name|the householder}?\n\n"
    "Say why you call, and ask whether now is a good moment.\n\n"
    "You can always reach us at {seller_phone}."
)
QUESTIONS = [
    {"key": "owner", "text": "Do you own your home?", "kind": "single", "options": ["Yes", "No", "Renting"]},
    {"key": "interest", "text": "What matters most to you?", "kind": "text", "options": []},
]
WORDS: dict[str, Any] = {
    "rebuttals": [
        {"objection": "I have no time", "answer": "It takes two minutes, {first_name|and I am brief}."},
        {"objection": "Who gave you my number?", "answer": "It came to us from: {source}."},
    ],
    "disclosures": [{"jurisdiction": "US-CA", "text": "This call is recorded. Do you agree to that?"}],
    "call_to_action": "May one of our advisers call you back this week?",
}
LETTERS = (
    TemplateValues(
        name="Before the call",
        kind="INTRO",
        subject="{agent_name} of {seller_name} will call you",
        body="Hello {first_name|there},\n\nI am going to call you about your enquiry.\n\n{agent_name}\n{seller_phone}",
    ),
    TemplateValues(
        name="After the call",
        kind="FOLLOW_UP",
        subject="Thank you for the talk, {first_name|and good-bye}",
        body="Hello {first_name|there},\n\nthank you for your time. Call us whenever you like: {seller_phone}.\n\n{agent_name}",
    ),
)
SURVEY: list[dict[str, Any]] = [
    {"key": "age", "text": "How old are you?", "kind": "number", "options": [], "is_required": True, "rules": [
        {"go": "@end", "option": "", "least": None, "most": 17}]},
    {"key": "sex", "text": "Are you male or female?", "kind": "single", "options": ["Female", "Male", "Other"]},
    {"key": "content", "text": "How content are you with the buses in your town?", "kind": "single",
     "options": ["Very", "Fairly", "Not at all"], "is_required": True, "rules": [
        {"go": "visit", "option": "Very", "least": None, "most": None}]},
    {"key": "why", "text": "What should be better?", "kind": "multiple",
     "options": ["More often", "Cheaper", "Cleaner"]},
    {"key": "visit", "text": "When may we call again to ask how things have gone?", "kind": "appointment",
     "options": []},
]  # fmt: skip
SURVEY_WORDS = WORDS | {"kind": "SURVEY", "call_to_action": "Thank you, {first_name}. That was all."}


def load_demo(*, at: datetime) -> dict[str, Any]:
    """Load the demo unless it is there; returns tenants with their logins and, when just made, an API key each."""
    return {
        "second_factor": "none: demo logins are for the simulator only",
        "tenants": [_tenant(slug, name, profile, number, at) for number, (slug, name, profile) in enumerate(TENANTS)],
    }


def _tenant(slug: str, name: str, profile: LegalProfile, number: int, at: datetime) -> dict[str, Any]:
    logins = {role.label: {"email": f"{role.lower()}@{slug}.example.test", "password": PASSWORD} for role, _ in ROLES}
    entry: dict[str, Any] = {"slug": slug, "name": name, "logins": logins}
    tenant = Tenant.objects.filter(slug=slug).first()
    if tenant is None:
        tenant = open_tenant(slug=slug, name=name, profile=profile)
        with tenant_scope(tenant.id):
            _fill(tenant, number, at)
    with tenant_scope(tenant.id):
        entry["api_key"] = _new_key(tenant, at)
        _begin_day(at)
        introduce_accounts()
    return entry


def introduce_accounts() -> None:
    """Let the simulator know the accounts of the tenant in scope, and where their numbers' calls come in.

    It opens an account on the first request, which a browser's phone cannot make; started anew, it has forgotten both.
    """
    for account in ProviderAccount.objects.all():
        administration_of(account.sid, account.auth_token).get_account()
    enqueue("telephony.take_calls", tenant_id=get_tenant_id())


def _begin_day(at: datetime) -> None:
    """Let a demo that has been used up dial again: fresh registers, every lead back in its queue, agents rung anew."""
    DncRegister.objects.filter(is_sample=True).update(listed_on=at.date())
    rows = CampaignLead.objects.exclude(state=QueueState.RESERVED)
    rows.update(state=QueueState.READY, next_attempt_at=None, attempt_count=0, outcome_counts={}, reason="")
    QueueFloor.objects.update(priority=LOWEST_FLOOR, last_id=0)
    # A simulator that starts anew knows no legs; those that it still has are found again when they are rung.
    AgentSession.objects.filter(ended_at__isnull=True).update(is_leg_connected=False)


def _fill(tenant: Tenant, number: int, at: datetime) -> None:
    is_survey = tenant.legal_profile == LegalProfile.SURVEY
    questions, words = (SURVEY, SURVEY_WORDS) if is_survey else (QUESTIONS, WORDS)
    office = furnish(tenant, script_text=SCRIPT, questions=questions, cps=5, at=at, **words)
    people = {
        role: add_person(tenant, role=role, email=f"{role.lower()}@{tenant.slug}.example.test", name=name)
        for role, name in ROLES
    }
    for name, phone, purpose in TARGETS:
        add_target(
            name=name, phone=phone, purpose=purpose, countries=tenant.countries, actor=people[Role.MANAGER], at=at
        )
    for agent in range(1, AGENTS + 1):
        add_person(
            tenant,
            role=Role.AGENT,
            email=f"sim-agent-{agent}@{tenant.slug}.example.test",
            name=f"Simulated agent {agent}",
        )
    _campaigns(office, number, at)
    for values in LETTERS:
        save_template(template=None, values=values, by=None, at=at)


def _campaigns(office: Office, number: int, at: datetime) -> None:
    warm = create_list(name="Web enquiries", description="People who asked to be called", created_by=None, at=at)
    cold = create_list(name="Spring prospects", created_by=None, at=at)
    _add_leads(warm, number=number, first=0, n=300, at=at, line_type="mobile", is_consented=True)
    _add_leads(cold, number=number, first=300, n=500, at=at, line_type="landline", is_consented=False)
    open_campaign(
        office,
        name="Enquiries: call while warm",
        lists=[warm],
        mode=DialMode.PROGRESSIVE,
        at=at,
        is_machine_detected=True,
        voicemail_text=MESSAGE,
    )
    open_campaign(office, name="Spring prospects", lists=[cold], mode=DialMode.PREVIEW, at=at)


def _add_leads(
    lead_list: LeadList, *, number: int, first: int, n: int, at: datetime, line_type: str, is_consented: bool
) -> None:
    chance = random.Random(number * 1000 + first)  # noqa: S311 - made-up people
    leads = []
    for index in range(first, first + n):
        area, state, postal_code = AREAS[index % len(AREAS)]
        leads.append(
            Lead(
                tenant_id=lead_list.tenant_id,
                lead_list=lead_list,
                phone=f"+1{area}55501{(index // len(AREAS)) + 30 * number:02d}",
                region="US",
                state=state,
                postal_code=postal_code,
                line_type=line_type,
                first_name=chance.choice(FIRST),
                last_name=chance.choice(LAST),
                email=f"person-{number}-{index}@people.example.test" if index % 5 else "",
                source="Web form" if is_consented else "Purchased list",
                created_at=at,
                custom={"roof": chance.choice(["tile", "slate", "flat"])},
            )
        )
    for lead, place_id in zip(leads, resolve_places(leads), strict=True):
        lead.place_id = place_id
    Lead.objects.bulk_create(leads)
    if is_consented:
        agreed_at = at - timedelta(days=2)
        facts = [
            ConsentFact(
                phone=lead.phone,
                kind=Consent.Kind.EXPRESS_WRITTEN,
                captured_at=agreed_at,
                source=Evidence.API,
                text="I agree to be called, also by automated means, about my enquiry.",
            )
            for lead in leads
        ]
        record_consents(facts=facts, recorded_by="demo", at=at)


def _new_key(tenant: Tenant, at: datetime) -> str:
    """A fresh key for the demo's lead source; the one of an earlier start stops, since only its hash was kept."""
    known = ApiKey.objects.filter(source=SOURCE).first()
    if known is not None:
        owner = Membership.objects.select_related("user").filter(role=Role.OWNER).order_by("id").first()
        assert owner is not None  # noqa: S101 - made together with the key
        return renew_key(api_key=known, renewed_by=owner.user, at=at)
    terms = KeyTerms(
        source=SOURCE,
        lead_list=LeadList.objects.get(name="Web enquiries"),
        campaign=Campaign.objects.get(name__startswith="Enquiries"),
    )
    return create_key(terms=terms, created_by=None, at=at)[1]
