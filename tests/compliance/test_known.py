from datetime import UTC, date, datetime

from apps.compliance.models import Consent, DncRegister, DncRegisterNumber, Evidence, Relationship
from apps.compliance.selectors import consent_status
from apps.compliance.services.consents import (
    ConsentFact,
    RelationshipFact,
    record_consents,
    record_relationships,
    revoke_consent,
)
from apps.compliance.services.known import Known, RegisterCopy, read_known
from apps.compliance.services.suppression import add_dnc_entry, remove_dnc_entry
from apps.tenants.models import Tenant
from apps.tenants.scope import tenant_scope

PHONE, OTHER = "+12125550142", "+12125550143"


def fill(at: datetime) -> DncRegister:
    """A row of every kind about PHONE, and removed or withdrawn ones about OTHER."""
    captured = datetime(2026, 5, 1, tzinfo=UTC)
    for phone, kind in ((PHONE, Consent.Kind.EXPRESS), (OTHER, Consent.Kind.EXPRESS_WRITTEN)):
        fact = ConsentFact(phone=phone, kind=kind, source=Evidence.API, captured_at=captured)
        record_consents(facts=[fact], recorded_by="test", at=at)
    revoke_consent(phone=OTHER, source=Evidence.AGENT, revoked_by="test", at=at)
    relationship = RelationshipFact(PHONE, Relationship.Kind.PURCHASE, Evidence.API, date(2026, 5, 2))
    record_relationships(facts=[relationship], recorded_by="test", at=at)
    for phone, campaign_id in ((PHONE, None), (PHONE, 7), (OTHER, None)):
        entry = add_dnc_entry(phone=phone, campaign_id=campaign_id, source=Evidence.AGENT, created_by="test", at=at)
        if phone == OTHER:
            remove_dnc_entry(entry_id=entry.id, note="asked to be called", removed_by="test", at=at)
    register = DncRegister.objects.create(jurisdiction="US", listed_on=date(2026, 6, 1))
    DncRegisterNumber.objects.create(register=register, phone=PHONE)
    return register


def test_everything_of_the_asked_numbers_is_known(tenant: Tenant, at: datetime) -> None:
    register = fill(at)

    assert read_known([PHONE, OTHER]) == Known(
        countries=frozenset({"US"}),
        stopped=frozenset(),
        consents=consent_status([PHONE, OTHER]),
        relationships={PHONE: [("PURCHASE", date(2026, 5, 2))]},
        entries={(PHONE, None), (PHONE, 7)},
        registers={"US": RegisterCopy(register.id, date(2026, 6, 1))},
        listed={(register.id, PHONE)},
    )


def test_nothing_of_other_numbers_or_tenants_is_known(tenant: Tenant, other_tenant: Tenant, at: datetime) -> None:
    fill(at)

    with tenant_scope(other_tenant.id):
        Tenant.objects.filter(id=other_tenant.id).update(countries=["CA"], stopped_jurisdictions=["CA-QC"])
        assert read_known([PHONE]) == Known(countries=frozenset({"CA"}), stopped=frozenset({"CA-QC"}))
    assert read_known(["+12125550144"]).consents == {}
