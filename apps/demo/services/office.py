"""A made-up office, ready to call: carrier account, number, registers, script, outcomes and people."""

from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

from django.conf import settings

from apps.accounts.models import Membership, Role, User
from apps.campaigns.models import Campaign, DialMode, DispositionSet
from apps.campaigns.services import life
from apps.compliance.models import DncRegister
from apps.compliance.rulebook.loader import load_rulebook
from apps.leads.models import LeadList
from apps.scripts.models import Script, ScriptVersion
from apps.telephony.models import CallerId, ProviderAccount
from apps.tenants.models import LegalProfile, Tenant
from apps.tenants.scope import get_tenant_id

PASSWORD = "fairdial demo"  # noqa: S105 - the demo's logins are public, and its carrier is a simulation
SELLER_PHONE = "+12125550100"
# The key that the simulator starts with; it signs for all its accounts.
SIMULATED_KEY_SID = "SK" + "1".zfill(32)
SIMULATED_KEY_SECRET = "simulated-api-key-secret-that-opens-nothing"  # noqa: S105 - as it says


@dataclass(frozen=True, slots=True)
class Office:
    """What campaigns of the office share."""

    tenant: Tenant
    caller_id: CallerId
    script: ScriptVersion
    dispositions: DispositionSet


def open_tenant(*, slug: str, name: str, profile: LegalProfile) -> Tenant:
    """A tenant without second factor, which says so wherever its logins are shown."""
    return Tenant.objects.create(
        slug=slug,
        name=name,
        legal_profile=profile,
        seller_name=name,
        seller_phone=SELLER_PHONE,
        mail_reply_to=f"office@{slug}.example.test",
        postal_address="100 Example Street\nNew York, NY 10001",
        countries=["US"],
        is_mfa_required=False,
    )


def furnish(
    tenant: Tenant,
    *,
    script_text: str,
    questions: list[dict[str, Any]],
    cps: float,
    at: datetime,
    **words: Any,  # noqa: ANN401 - model fields
) -> Office:
    """Give the tenant in scope everything but leads and people; `words` are more fields of the script's version."""
    account = ProviderAccount.objects.create(
        # A SID with twelve leading zeros and a token that says so cannot be mistaken for a real account's.
        sid=f"AC{'0' * 12}d{tenant.id:019x}",
        auth_token=f"simulated-{tenant.slug}",
        api_key_sid=SIMULATED_KEY_SID,
        api_key_secret=SIMULATED_KEY_SECRET,
        cps=cps,
    )
    caller_id = CallerId.objects.create(account=account, phone=SELLER_PHONE, label="Main number")
    script = Script.objects.create(name="Introduction")
    version = ScriptVersion.objects.create(
        script=script,
        number=1,
        text=script_text,
        questions=questions,
        state=ScriptVersion.State.APPROVED,
        created_at=at,
        decided_at=at,
        **words,
    )
    load_sample_registers(at=at)
    return Office(tenant, caller_id, version, life.create_disposition_set(name="Standard outcomes"))


def load_sample_registers(*, at: datetime) -> None:
    """Empty copies of the national register and of every state's, dated today and marked as samples."""
    states = {state for area in load_rulebook().geography.area_codes.values() for state in area.states}
    DncRegister.objects.bulk_create(
        DncRegister(tenant_id=get_tenant_id(), jurisdiction=code, listed_on=at.date(), is_sample=True)
        for code in ["US", *sorted(state for state in states if state.startswith("US-"))]
    )


def add_person(tenant: Tenant, *, role: Role, email: str, name: str, password: str = PASSWORD) -> User:
    """A person with a role in the tenant in scope."""
    user = User.objects.create_user(email=email, password=password, name=name)
    Membership.objects.create(user=user, role=role)
    return user


def open_campaign(
    office: Office,
    *,
    name: str,
    lists: list[LeadList],
    mode: DialMode,
    at: datetime,
    **values: Any,  # noqa: ANN401 - model fields
) -> Campaign:
    """A running campaign of the office."""
    campaign = life.create_campaign(
        lists=lists,
        actor=None,
        at=at,
        name=name,
        purpose=office.tenant.legal_profile,
        dial_mode=mode,
        script_version=office.script,
        caller_id=office.caller_id,
        disposition_set=office.dispositions,
        **{"call_from": time(8), "call_until": time(21), "weekdays": [1, 2, 3, 4, 5, 6, 7], **values},
    )
    return life.change_state(campaign=campaign, state=Campaign.State.RUNNING, at=at)


def is_simulated() -> bool:
    """Whether calls go to the simulator."""
    return bool(settings.CARRIER == "simulator")
