"""Factories without surprises: every default is fixed, every relation explicit or in the tenant in scope."""

import itertools
from datetime import time, timedelta
from typing import Any

import factory
from factory.django import DjangoModelFactory

from apps.accounts.models import Membership, Role, User
from apps.calls.enums import AttemptState
from apps.calls.models import Attempt
from apps.campaigns.models import Campaign, CampaignLead, CampaignTotals, Disposition, DispositionSet
from apps.compliance.models import Decision
from apps.leads.models import Lead, LeadList, Place
from apps.scripts.models import Script, ScriptVersion
from apps.telephony.models import CallerId, ProviderAccount
from apps.tenants.models import Tenant

_phones = (f"+1{npa}55501{last:02d}" for npa in itertools.cycle((212, 646, 917, 347, 718)) for last in range(100))


class TenantFactory(DjangoModelFactory[Tenant]):
    class Meta:
        model = Tenant

    slug = factory.Sequence(lambda n: f"tenant-{n}")
    name = factory.Sequence(lambda n: f"Tenant {n}")
    seller_name = "Acme Windows"
    seller_phone = "+12125550100"
    countries = ["US"]
    is_mfa_required = False


class UserFactory(DjangoModelFactory[User]):
    class Meta:
        model = User
        skip_postgeneration_save = True

    email = factory.Sequence(lambda n: f"person{n}@example.test")
    name = factory.Sequence(lambda n: f"Person {n}")

    @factory.post_generation
    def password(self, create: bool, extracted: str | None, **_: Any) -> None:
        self.set_password(extracted or "correct horse battery")  # type: ignore[attr-defined]  # self is the user here
        self.save()  # type: ignore[attr-defined]  # likewise


class MembershipFactory(DjangoModelFactory[Membership]):
    class Meta:
        model = Membership

    user = factory.SubFactory(UserFactory)
    role = Role.MANAGER


class ProviderAccountFactory(DjangoModelFactory[ProviderAccount]):
    class Meta:
        model = ProviderAccount

    sid = factory.Sequence(lambda n: f"AC{n:032x}")
    auth_token = "simulated-token"
    cps = 100.0


class CallerIdFactory(DjangoModelFactory[CallerId]):
    class Meta:
        model = CallerId

    account = factory.SubFactory(ProviderAccountFactory)
    phone = factory.Sequence(lambda n: f"+1202555{100 + n % 100:04d}")
    label = "Main"


class PlaceFactory(DjangoModelFactory[Place]):
    class Meta:
        model = Place
        django_get_or_create = ("zones", "jurisdictions")

    zones = ["America/New_York"]
    jurisdictions = ["US-NY"]


class LeadListFactory(DjangoModelFactory[LeadList]):
    class Meta:
        model = LeadList

    name = factory.Sequence(lambda n: f"List {n}")


class LeadFactory(DjangoModelFactory[Lead]):
    class Meta:
        model = Lead

    lead_list = factory.SubFactory(LeadListFactory)
    place = factory.SubFactory(PlaceFactory)
    phone = factory.LazyFunction(lambda: next(_phones))
    region = "US"
    state = "NY"
    line_type = "landline"
    first_name = "Ada"
    last_name = "Byron"


class ScriptFactory(DjangoModelFactory[Script]):
    class Meta:
        model = Script

    name = factory.Sequence(lambda n: f"Script {n}")


class ScriptVersionFactory(DjangoModelFactory[ScriptVersion]):
    class Meta:
        model = ScriptVersion

    script = factory.SubFactory(ScriptFactory)
    number = 1
    state = "APPROVED"
    text = "Hello {first_name}"


class DispositionSetFactory(DjangoModelFactory[DispositionSet]):
    class Meta:
        model = DispositionSet

    name = factory.Sequence(lambda n: f"Set {n}")


class DispositionFactory(DjangoModelFactory[Disposition]):
    class Meta:
        model = Disposition

    disposition_set = factory.SubFactory(DispositionSetFactory)
    code = "SALE"
    label = "Sale"


class CampaignFactory(DjangoModelFactory[Campaign]):
    class Meta:
        model = Campaign
        skip_postgeneration_save = True

    name = factory.Sequence(lambda n: f"Campaign {n}")
    state = Campaign.State.RUNNING
    script_version = factory.SubFactory(ScriptVersionFactory)
    caller_id = factory.SubFactory(CallerIdFactory)
    disposition_set = factory.SubFactory(DispositionSetFactory)
    call_from = time(9)
    call_until = time(20)
    weekdays = [1, 2, 3, 4, 5, 6, 7]
    retry_plan = {"NO_ANSWER": {"minutes": 120, "times": 3}, "BUSY": {"minutes": 30, "times": 3}}

    @factory.post_generation
    def totals(self, create: bool, extracted: object, **_: Any) -> None:
        CampaignTotals.objects.create(campaign=self)


class CampaignLeadFactory(DjangoModelFactory[CampaignLead]):
    class Meta:
        model = CampaignLead

    campaign = factory.SubFactory(CampaignFactory)
    lead = factory.SubFactory(LeadFactory)
    place = factory.SelfAttribute("lead.place")


class DecisionFactory(DjangoModelFactory[Decision]):
    """Give `decided_at`."""

    class Meta:
        model = Decision

    phone = "+12125550100"
    expires_at = factory.LazyAttribute(lambda decision: decision.decided_at + timedelta(seconds=30))
    is_allowed = True
    zones = ["America/New_York"]
    rulebook = "test"
    facts = {}


class AttemptFactory(DjangoModelFactory[Attempt]):
    """An ended attempt that nobody answered. Give `reserved_at`."""

    class Meta:
        model = Attempt

    campaign = factory.SubFactory(CampaignFactory)
    campaign_lead = factory.SubFactory(CampaignLeadFactory, campaign=factory.SelfAttribute("..campaign"))
    lead = factory.SelfAttribute("campaign_lead.lead")
    phone = factory.SelfAttribute("lead.phone")
    decision = factory.SubFactory(
        DecisionFactory, phone=factory.SelfAttribute("..phone"), decided_at=factory.SelfAttribute("..reserved_at")
    )
    caller_id = factory.SelfAttribute("campaign.caller_id")
    mode = factory.SelfAttribute("campaign.dial_mode")
    state = AttemptState.ENDED
    outcome = "NO_ANSWER"
