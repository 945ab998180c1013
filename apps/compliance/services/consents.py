"""Consent to be called, its withdrawal, and business relationships: facts with a date, in any order of arrival.

A consent holds from its capture until a later withdrawal of the same number. Rows are never erased, and an old consent
that arrives after a withdrawal does not bring the permission back (selectors.consent_status folds the rows).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from django.db import connection

from apps.audit.actions import Action
from apps.compliance.models import Consent, Evidence, Relationship
from apps.compliance.selectors import ConsentStatus, consent_status
from apps.compliance.services.facts import Actor, log_change, require_e164
from apps.compliance.services.suppression import add_dnc_entry
from apps.core.errors import InvalidError
from apps.tenants.scope import get_tenant_id

_ADD_CONSENTS = """
insert into compliance_consent
    (tenant_id, phone, kind, seller, text, source, evidence_url, certificate, ip_address, captured_at, revoked_by)
select %s, phone, kind, seller, text, source, evidence_url, certificate, nullif(ip_address, '')::inet, captured_at, ''
from unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[],
            %s::timestamptz[])
    as fact (phone, kind, seller, text, source, evidence_url, certificate, ip_address, captured_at)
order by phone, captured_at
on conflict do nothing
returning id, phone
"""
_ADD_RELATIONSHIPS = """
insert into compliance_relationship (tenant_id, phone, kind, occurred_on, source)
select %s, phone, kind, occurred_on, source
from unnest(%s::text[], %s::text[], %s::date[], %s::text[]) as fact (phone, kind, occurred_on, source)
order by phone, occurred_on
on conflict do nothing
returning id, phone
"""


# The first place on earth to begin a day is this far ahead of UTC.
_AHEAD_OF_UTC: Final = timedelta(hours=14)


class FactInFutureError(InvalidError):
    """A consent or a relationship is dated after the present."""

    code = "fact_in_future"


@dataclass(frozen=True, slots=True)
class ConsentFact:
    """One consent with its evidence: an E.164 number, the wording agreed to, who it names, where and when."""

    phone: str
    kind: Consent.Kind
    source: Evidence
    captured_at: datetime
    seller: str = ""
    text: str = ""
    evidence_url: str = ""
    certificate: str = ""
    ip_address: str = ""


@dataclass(frozen=True, slots=True)
class RelationshipFact:
    """One purchase or inquiry of the person at an E.164 number; `occurred_on` is the local date."""

    phone: str
    kind: Relationship.Kind
    source: Evidence
    occurred_on: date


def record_consent(*, fact: ConsentFact, recorded_by: Actor, at: datetime) -> bool:
    """Keep one consent; False when it was known already. Raises NotE164Error, FactInFutureError."""
    return record_consents(facts=[fact], recorded_by=recorded_by, at=at) == 1


def record_consents(*, facts: Sequence[ConsentFact], recorded_by: Actor, at: datetime) -> int:
    """Keep consents and return how many were new; one audit entry for all of them.

    A consent is the same when number, kind and instant of capture are. Raises NotE164Error, and FactInFutureError for
    a capture after `at`, before anything is written.
    """
    require_e164(fact.phone for fact in facts)
    if any(fact.captured_at > at for fact in facts):
        raise FactInFutureError("A consent cannot be captured in the future.", field="captured_at")
    columns: list[list[object]] = [
        [fact.phone for fact in facts],
        [fact.kind for fact in facts],
        [fact.seller for fact in facts],
        [fact.text for fact in facts],
        [fact.source for fact in facts],
        [fact.evidence_url for fact in facts],
        [fact.certificate for fact in facts],
        [fact.ip_address for fact in facts],
        [fact.captured_at for fact in facts],
    ]
    added = _insert(_ADD_CONSENTS, columns)
    _log_added(Action.CONSENT_ADDED, added, by=recorded_by, at=at)
    return len(added)


def revoke_consent(*, phone: str, source: Evidence, revoked_by: Actor, at: datetime) -> int:
    """Withdraw every consent of an E.164 number captured up to `at`; return how many were in force.

    It counts from commit on. With none in force the withdrawal is kept as a row of kind NONE, so that a consent from
    before that turns up later does not count. Raises NotE164Error.
    """
    require_e164([phone])
    standing = Consent.objects.filter(phone=phone, revoked_at=None, captured_at__lte=at)
    revoked = standing.update(revoked_at=at, revoked_by=source)
    if not revoked:
        withdrawal = {"source": source, "revoked_at": at, "revoked_by": source}
        Consent.objects.get_or_create(phone=phone, kind=Consent.Kind.NONE, captured_at=at, defaults=withdrawal)
    newest = Consent.objects.filter(phone=phone, revoked_at=at).order_by("-id").values_list("id", flat=True)[0]
    data = {"phone": phone, "source": source, "consents": revoked}
    log_change(Action.CONSENT_REVOKED, by=revoked_by, at=at, target=f"consent:{newest}", data=data)
    return revoked


def refuse_calls(*, phone: str, source: Evidence, note: str, created_by: Actor, at: datetime) -> None:
    """Somebody asks never to be called again: their number goes on the tenant's list, and what they agreed to is withdrawn.

    47 CFR 64.1200(a)(10): such a request revokes consent, which must not count again should the entry ever be taken
    off the list. Raises NotE164Error.
    """
    add_dnc_entry(phone=phone, campaign_id=None, source=source, note=note, created_by=created_by, at=at)
    if consent_status([phone])[phone] is not ConsentStatus.REVOKED:
        revoke_consent(phone=phone, source=source, revoked_by=created_by, at=at)


def record_relationships(*, facts: Sequence[RelationshipFact], recorded_by: Actor, at: datetime) -> int:
    """Keep relationships and return how many were new; one audit entry for all of them.

    Raises NotE164Error, and FactInFutureError for a date that has not begun anywhere on earth at `at`.
    """
    require_e164(fact.phone for fact in facts)
    latest = (at + _AHEAD_OF_UTC).date()
    if any(fact.occurred_on > latest for fact in facts):
        raise FactInFutureError("A purchase or an inquiry cannot lie in the future.", field="occurred_on")
    columns: list[list[object]] = [
        [fact.phone for fact in facts],
        [fact.kind for fact in facts],
        [fact.occurred_on for fact in facts],
        [fact.source for fact in facts],
    ]
    added = _insert(_ADD_RELATIONSHIPS, columns)
    _log_added(Action.RELATIONSHIP_ADDED, added, by=recorded_by, at=at)
    return len(added)


def _insert(statement: str, columns: Iterable[list[object]]) -> list[tuple[int, str]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, [get_tenant_id(), *columns])
        return [(row_id, phone) for row_id, phone in cursor.fetchall()]


def _log_added(action: Action, added: list[tuple[int, str]], *, by: Actor, at: datetime) -> None:
    """One entry for all rows; it names the number when there is only one."""
    kind = action.value.partition(".")[0]
    if len(added) == 1:
        row_id, phone = added[0]
        log_change(action, by=by, at=at, target=f"{kind}:{row_id}", data={"added": 1, "phone": phone})
    elif added:
        log_change(action, by=by, at=at, target=f"{kind}:many", data={"added": len(added)})
