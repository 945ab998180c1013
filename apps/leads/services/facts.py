"""What lead rows say about their numbers that the law cares about, handed to the services that keep such facts."""

from collections.abc import Iterable
from datetime import datetime

from apps.compliance.models import Consent, Evidence, Relationship
from apps.compliance.selectors import ConsentStatus, consent_status
from apps.compliance.services.consents import (
    ConsentFact,
    RelationshipFact,
    record_consents,
    record_relationships,
    revoke_consent,
)
from apps.compliance.services.facts import Actor
from apps.compliance.services.registers import add_reported_numbers
from apps.compliance.services.suppression import add_dnc_entries
from apps.leads.domain.legal import NO_FACTS
from apps.leads.domain.rows import LeadRow
from apps.leads.importing.fact_lines import StatedFacts

_KINDS = {"express": Consent.Kind.EXPRESS, "express_written": Consent.Kind.EXPRESS_WRITTEN}


def record_facts(
    *,
    rows: Iterable[LeadRow | StatedFacts],
    source: Evidence,
    recorded_by: Actor,
    at: datetime,
    only_restricting: bool = False,
) -> None:
    """Record the consents, withdrawals, relationships, do-not-call requests and register hits of `rows`, in the caller's transaction.

    `only_restricting` leaves out what would permit a call. A consent without a date counts as given at `at`, a
    withdrawal always as made at `at`. Raises FactInFutureError.
    """
    telling = [row for row in rows if row.facts is not NO_FACTS]
    if not telling:
        return
    asked = [row.phone for row in telling if row.facts.dnc]
    if asked:
        add_dnc_entries(phones=asked, campaign_id=None, source=source, created_by=recorded_by, at=at)
    for jurisdiction, phones in _register_hits(telling).items():
        add_reported_numbers(jurisdiction=jurisdiction, phones=phones, reported_by=recorded_by, at=at)
    withdrawn = consent_status({row.phone for row in telling if row.facts.consent == "revoked"})
    for phone in sorted(phone for phone, status in withdrawn.items() if status is not ConsentStatus.REVOKED):
        revoke_consent(phone=phone, source=source, revoked_by=recorded_by, at=at)
    if only_restricting:
        return
    consents = [_consent(row, source, at) for row in telling if row.facts.consent in _KINDS]
    if consents:
        record_consents(facts=consents, recorded_by=recorded_by, at=at)
    relationships = [
        RelationshipFact(phone=row.phone, kind=Relationship.Kind(kind.upper()), source=source, occurred_on=day)
        for row in telling
        for kind, day in row.facts.relationships
    ]
    if relationships:
        record_relationships(facts=relationships, recorded_by=recorded_by, at=at)


def _register_hits(rows: Iterable[LeadRow | StatedFacts]) -> dict[str, list[str]]:
    """Numbers that the rows say are on a register, by its jurisdiction."""
    hits: dict[str, list[str]] = {}
    for row in rows:
        if row.facts.national_dnc:
            hits.setdefault(row.region, []).append(row.phone)
        if row.facts.state_dnc:
            hits.setdefault(f"{row.region}-{row.state}", []).append(row.phone)
    return hits


def _consent(row: LeadRow | StatedFacts, source: Evidence, at: datetime) -> ConsentFact:
    facts = row.facts
    return ConsentFact(
        phone=row.phone,
        kind=_KINDS[facts.consent],
        source=source,
        captured_at=facts.consent_at or at,
        seller=facts.consent_seller,
        text=facts.consent_text,
        evidence_url=facts.consent_url,
        certificate=facts.consent_certificate,
        ip_address=facts.consent_ip,
    )
