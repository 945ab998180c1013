"""Reads of what is known about phone numbers: do-not-call entries, consents, relationships, registers."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from enum import StrEnum

from django.db.models import Max, Q, QuerySet

from apps.compliance.domain.codes import Register
from apps.compliance.domain.rulebook import UNKNOWN_STATE
from apps.compliance.models import Consent, DncEntry, DncRegister, Relationship
from apps.compliance.rulebook.loader import load_rulebook


class ConsentStatus(StrEnum):
    """What a number's consents and withdrawals come to."""

    NONE = "none"
    EXPRESS = "express"
    EXPRESS_WRITTEN = "express_written"
    REVOKED = "revoked"


def consent_status(phones: Iterable[str]) -> dict[str, ConsentStatus]:
    """The status of each number of `phones`, in one query.

    The strongest consent captured after the number's latest withdrawal, else REVOKED when there is a withdrawal.
    """
    kinds = Consent.Kind
    known = (
        Consent.objects.filter(phone__in=(numbers := list(phones)))
        .order_by()
        .values("phone")
        .annotate(
            revoked=Max("revoked_at"),
            express=Max("captured_at", filter=Q(revoked_at=None, kind=kinds.EXPRESS)),
            written=Max("captured_at", filter=Q(revoked_at=None, kind=kinds.EXPRESS_WRITTEN)),
        )
    )
    statuses = {row["phone"]: fold_consents(row["revoked"], row["express"], row["written"]) for row in known}
    return {phone: statuses.get(phone, ConsentStatus.NONE) for phone in numbers}


def fold_consents(revoked: datetime | None, express: datetime | None, written: datetime | None) -> ConsentStatus:
    """The status of a number by its latest withdrawal and its latest consents that were not withdrawn."""
    if written and (revoked is None or written > revoked):
        return ConsentStatus.EXPRESS_WRITTEN
    if express and (revoked is None or express > revoked):
        return ConsentStatus.EXPRESS
    return ConsentStatus.REVOKED if revoked else ConsentStatus.NONE


def list_consents(phone: str) -> QuerySet[Consent]:
    """All consents and withdrawals of a number, newest first."""
    return Consent.objects.filter(phone=phone).order_by("-captured_at", "-id")


def list_relationships(phone: str) -> QuerySet[Relationship]:
    """All purchases and inquiries of a number, newest first."""
    return Relationship.objects.filter(phone=phone).order_by("-occurred_on", "-id")


def list_dnc_entries(phone: str = "") -> QuerySet[DncEntry]:
    """Entries, newest first: those of one number, also removed ones, or all that are active."""
    entries = DncEntry.objects.filter(phone=phone) if phone else DncEntry.objects.filter(removed_at=None)
    return entries.order_by("-id")


def list_registers() -> QuerySet[DncRegister]:
    """The tenant's copies of registers."""
    return DncRegister.objects.order_by("jurisdiction", "id")


def register_usable_until(listed_on: date) -> date:
    """The last day on which a copy of that version may be used; the rulebook says how old one may be."""
    return listed_on + timedelta(days=load_rulebook().register_age_days)


def register_jurisdictions(countries: Iterable[str]) -> list[str]:
    """Where in `countries` the rulebook knows a do-not-call register: countries (`US`) and states (`US-FL`)."""
    wanted = set(countries)
    return sorted(
        {
            rule.jurisdiction
            for rule in load_rulebook().registers
            if rule.register is not Register.ENTITY
            and not rule.is_exempt
            and rule.jurisdiction != UNKNOWN_STATE
            and rule.jurisdiction.partition("-")[0] in wanted
        }
    )
