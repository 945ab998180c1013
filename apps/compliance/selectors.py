"""Reads of what is known about phone numbers: do-not-call entries, consents, relationships, registers."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

from django.db.models import Max, Q, QuerySet

from apps.compliance.models import Consent, DncEntry, DncRegister, Relationship

# 16 CFR 310.4(b)(3)(iv): a seller uses a version of the register obtained no more than 31 days before the call.
REGISTER_VALIDITY: Final = timedelta(days=31)


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
    statuses = {row["phone"]: _fold(row["revoked"], row["express"], row["written"]) for row in known}
    return {phone: statuses.get(phone, ConsentStatus.NONE) for phone in numbers}


def _fold(revoked: datetime | None, express: datetime | None, written: datetime | None) -> ConsentStatus:
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


def list_dnc_entries(phone: str) -> QuerySet[DncEntry]:
    """All entries of a number, also removed ones, newest first."""
    return DncEntry.objects.filter(phone=phone).order_by("-created_at", "-id")


def list_registers() -> QuerySet[DncRegister]:
    """The tenant's copies of registers."""
    return DncRegister.objects.order_by("jurisdiction", "id")


def register_expires_on(listed_on: date) -> date:
    """The last day on which a copy of that version may be used."""
    return listed_on + REGISTER_VALIDITY
