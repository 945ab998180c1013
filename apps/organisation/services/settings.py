"""Settings of a tenant: who it is before the law, where it may call, where it has stopped."""

from datetime import datetime
from typing import Any

from apps.accounts.models import User
from apps.audit.actions import Action
from apps.audit.services import record
from apps.tenants.models import Tenant

CHANGEABLE = frozenset(
    {
        "name",
        "legal_profile",
        "seller_name",
        "seller_phone",
        "countries",
        "time_zone",
        "is_mfa_required",
        "is_listening_shown",
        "is_second_person_needed",
        "recording_days",
        "mail_from_name",
        "mail_reply_to",
        "postal_address",
    }
)


def change_settings(*, tenant: Tenant, changes: dict[str, Any], actor: User, at: datetime) -> list[str]:
    """Set the fields of CHANGEABLE given in `changes`; returns the names of those that differ, which are recorded.

    `seller_phone` is E.164, `countries` are ISO codes, `time_zone` an IANA name; the form has checked them. Raises
    KeyError for another field.
    """
    if unknown := changes.keys() - CHANGEABLE:
        raise KeyError(f"Not a setting: {', '.join(sorted(unknown))}.")
    Tenant.objects.select_for_update().get(id=tenant.id)
    tenant.refresh_from_db()
    before = {name: getattr(tenant, name) for name, value in changes.items() if getattr(tenant, name) != value}
    if not before:
        return []
    for name in before:
        setattr(tenant, name, changes[name])
    tenant.save(update_fields=list(before))
    record(
        Action.TENANT_CHANGED,
        at=at,
        target=f"tenant:{tenant.id}",
        actor=actor,
        data={"before": before, "after": {name: changes[name] for name in before}},
    )
    return list(before)


def stop_jurisdiction(*, tenant: Tenant, jurisdiction: str, reason: str, actor: User, at: datetime) -> None:
    """Stop all new dials to a jurisdiction such as US-LA, at once. Calls that are up go on."""
    stopped = _lock(tenant)
    if jurisdiction in stopped:
        return
    _save_stops(tenant, stopped | {jurisdiction})
    data = {"jurisdiction": jurisdiction, "reason": reason}
    record(Action.TENANT_STOPPED, at=at, target=f"tenant:{tenant.id}", actor=actor, data=data)


def resume_jurisdiction(*, tenant: Tenant, jurisdiction: str, actor: User, at: datetime) -> None:
    """Lift a stop; the law's own rules still apply."""
    stopped = _lock(tenant)
    if jurisdiction not in stopped:
        return
    _save_stops(tenant, stopped - {jurisdiction})
    record(
        Action.TENANT_RESUMED,
        at=at,
        target=f"tenant:{tenant.id}",
        actor=actor,
        data={"jurisdiction": jurisdiction},
    )


def _lock(tenant: Tenant) -> set[str]:
    return set(Tenant.objects.select_for_update().get(id=tenant.id).stopped_jurisdictions)


def _save_stops(tenant: Tenant, stopped: set[str]) -> None:
    tenant.stopped_jurisdictions = sorted(stopped)
    tenant.save(update_fields=["stopped_jurisdictions"])
