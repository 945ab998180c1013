from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from apps.audit.models import AuditEntry
from apps.compliance.models import Consent, Evidence, Relationship
from apps.compliance.selectors import ConsentStatus, consent_status, list_consents
from apps.compliance.services.consents import (
    ConsentFact,
    FactInFutureError,
    RelationshipFact,
    record_consent,
    record_consents,
    record_relationships,
    revoke_consent,
)
from apps.compliance.services.facts import NotE164Error
from apps.tenants.models import Tenant
from apps.tenants.scope import tenant_scope

PHONE = "+12125550101"
DAY = timedelta(days=1)


def written(at: datetime, phone: str = PHONE) -> ConsentFact:
    return ConsentFact(
        phone=phone,
        kind=Consent.Kind.EXPRESS_WRITTEN,
        source=Evidence.API,
        captured_at=at,
        seller="Acme Windows",
        text="I agree to be called",
        evidence_url="https://example.test/proof/1",
        ip_address="192.0.2.7",
    )


def status() -> ConsentStatus:
    return consent_status([PHONE])[PHONE]


def test_record_consent_keeps_all_evidence_once(tenant: Tenant, at: datetime) -> None:
    assert [record_consent(fact=written(at - DAY), recorded_by="source", at=at) for _ in range(2)] == [True, False]
    kept = Consent.objects.get()
    assert (kept.kind, kept.seller, kept.text, kept.evidence_url, kept.ip_address, kept.captured_at) == (
        "EXPRESS_WRITTEN",
        "Acme Windows",
        "I agree to be called",
        "https://example.test/proof/1",
        "192.0.2.7",
        at - DAY,
    )
    assert status() == "express_written"
    assert AuditEntry.objects.get().target == f"consent:{kept.id}"


def test_record_consents_counts_only_what_is_new(tenant: Tenant, at: datetime) -> None:
    facts = [written(at, f"+1212555010{n}") for n in range(3)]
    assert record_consents(facts=facts[:1], recorded_by="file", at=at) == 1
    assert record_consents(facts=[*facts, facts[2]], recorded_by="file", at=at) == 2
    assert Consent.objects.filter(ip_address="192.0.2.7").count() == 3
    assert record_consents(facts=[], recorded_by="file", at=at) == 0


def test_record_consent_refuses_the_future_and_bad_numbers(tenant: Tenant, at: datetime) -> None:
    with pytest.raises(FactInFutureError):
        record_consent(fact=written(at + timedelta(seconds=1)), recorded_by="source", at=at)
    with pytest.raises(NotE164Error):
        record_consent(fact=replace(written(at), phone="212"), recorded_by="source", at=at)
    assert Consent.objects.count() == 0


def test_revoke_consent_ends_every_consent_of_the_number(tenant: Tenant, at: datetime) -> None:
    facts = [written(at - DAY), replace(written(at - 2 * DAY), kind=Consent.Kind.EXPRESS), written(at, "+12125550102")]
    record_consents(facts=facts, recorded_by="source", at=at)
    assert revoke_consent(phone=PHONE, source=Evidence.CALLEE, revoked_by="keypad", at=at) == 2
    assert consent_status([PHONE, "+12125550102", "+12125550103"]) == {
        PHONE: "revoked",
        "+12125550102": "express_written",
        "+12125550103": "none",
    }
    assert set(list_consents(PHONE).values_list("revoked_at", "revoked_by")) == {(at, "CALLEE")}


def test_revoke_consent_without_any_is_kept_as_a_fact(tenant: Tenant, at: datetime) -> None:
    assert revoke_consent(phone=PHONE, source=Evidence.CALLEE, revoked_by="keypad", at=at) == 0
    assert status() == "revoked"


def test_consent_from_before_a_revocation_does_not_count_when_it_arrives_late(tenant: Tenant, at: datetime) -> None:
    revoke_consent(phone=PHONE, source=Evidence.CALLEE, revoked_by="keypad", at=at)
    record_consent(fact=written(at - DAY), recorded_by="source", at=at + DAY)
    record_consent(fact=written(at), recorded_by="source", at=at + DAY)
    assert status() == "revoked"


def test_consent_given_after_a_revocation_counts(tenant: Tenant, at: datetime) -> None:
    revoke_consent(phone=PHONE, source=Evidence.CALLEE, revoked_by="keypad", at=at)
    record_consent(fact=replace(written(at + DAY), kind=Consent.Kind.EXPRESS), recorded_by="source", at=at + DAY)
    assert status() == "express"


def test_late_report_of_a_revocation_spares_a_newer_consent(tenant: Tenant, at: datetime) -> None:
    record_consents(facts=[written(at - 3 * DAY), written(at - DAY)], recorded_by="source", at=at)
    assert revoke_consent(phone=PHONE, source=Evidence.MANAGER, revoked_by="letter", at=at - 2 * DAY) == 1
    assert status() == "express_written"


def test_consents_of_another_tenant_do_not_count(tenant: Tenant, other_tenant: Tenant, at: datetime) -> None:
    with tenant_scope(other_tenant.id):
        record_consent(fact=written(at), recorded_by="source", at=at)
    assert status() == "none"


def test_record_relationships_once_each(tenant: Tenant, at: datetime) -> None:
    facts = [
        RelationshipFact(phone=PHONE, kind=kind, source=Evidence.IMPORT, occurred_on=date(2026, 1, 2))
        for kind in Relationship.Kind
    ]
    assert record_relationships(facts=facts[:1], recorded_by="file", at=at) == 1
    assert record_relationships(facts=facts, recorded_by="file", at=at) == 1
    assert list(Relationship.objects.order_by("kind").values_list("kind", "occurred_on")) == [
        ("INQUIRY", date(2026, 1, 2)),
        ("PURCHASE", date(2026, 1, 2)),
    ]


def test_record_relationship_may_be_of_a_day_that_has_begun_somewhere(tenant: Tenant, at: datetime) -> None:
    fact = RelationshipFact(phone=PHONE, kind=Relationship.Kind.INQUIRY, source=Evidence.API, occurred_on=at.date())
    assert record_relationships(facts=[replace(fact, occurred_on=at.date() + DAY)], recorded_by="source", at=at) == 1
    with pytest.raises(FactInFutureError):
        record_relationships(facts=[replace(fact, occurred_on=at.date() + 2 * DAY)], recorded_by="source", at=at)
