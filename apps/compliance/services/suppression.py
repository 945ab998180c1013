"""The tenant's own do-not-call list, 16 CFR 310.4(b)(1)(iii)(A) and 47 CFR 64.1200(d).

A request counts from its commit on: the gate reads the list for every decision and again just before the dial.
Entries never expire; only a person can remove one, with a reason, and the entry stays on record.
"""

from collections.abc import Iterable
from datetime import datetime

from django.db import connection

from apps.audit.actions import Action
from apps.compliance.models import DncEntry, Evidence
from apps.compliance.services.facts import Actor, log_change, require_e164
from apps.core.errors import ConflictError, InvalidError
from apps.tenants.scope import get_tenant_id

# An address that stands for a name can be longer than what is kept of it.
NAME_LENGTH = 120
_ADD_MANY = """
insert into compliance_dncentry
    (tenant_id, phone, campaign_id, source, note, created_by, created_at, removed_note)
select %s, phone, %s, %s, %s, %s, %s, '' from unnest(%s::text[]) as phone
on conflict do nothing
"""


class DncEntryGoneError(ConflictError):
    """The entry has been removed before."""

    code = "dnc_entry_gone"


class RemovalReasonMissingError(InvalidError):
    """An entry may not be removed without a reason."""

    code = "removal_reason_missing"


def add_dnc_entry(
    *, phone: str, campaign_id: int | None, source: Evidence, note: str = "", created_by: Actor, at: datetime
) -> DncEntry:
    """Put an E.164 number on the list of the whole tenant, or of one campaign; return the active entry.

    A number that is on that list already keeps its first entry. `at` is the instant of the request, aware.
    Raises NotE164Error.
    """
    require_e164([phone])
    entry, is_new = DncEntry.objects.get_or_create(
        phone=phone,
        campaign_id=campaign_id,
        removed_at=None,
        defaults={"source": source, "note": note, "created_by": str(created_by)[:NAME_LENGTH], "created_at": at},
    )
    if is_new:
        data = {"phone": phone, "campaign_id": campaign_id, "source": source, "note": note}
        log_change(Action.DNC_ADDED, by=created_by, at=at, target=f"dnc:{entry.id}", data=data)
    return entry


def add_dnc_entries(
    *,
    phones: Iterable[str],
    campaign_id: int | None,
    source: Evidence,
    note: str = "",
    created_by: Actor,
    at: datetime,
) -> int:
    """Put many E.164 numbers on a list and return how many were not on it; one audit entry for all.

    Raises NotE164Error before anything is written.
    """
    numbers = require_e164(phones)
    with connection.cursor() as cursor:
        cursor.execute(
            _ADD_MANY, [get_tenant_id(), campaign_id, source, note, str(created_by)[:NAME_LENGTH], at, numbers]
        )
        added = int(cursor.rowcount)
    if added:
        data = {"added": added, "campaign_id": campaign_id, "source": source, "note": note}
        log_change(Action.DNC_ADDED, by=created_by, at=at, target="dnc:many", data=data)
    return added


def remove_dnc_entry(*, entry_id: int, note: str, removed_by: Actor, at: datetime) -> None:
    """Take an entry off its list; `note` says on what ground, for example the person's new written consent.

    Raises RemovalReasonMissingError without a note, DncEntryGoneError when it is not active (any more).
    """
    if not note.strip():
        raise RemovalReasonMissingError("Say why the number may be called again.", field="note")
    changed = DncEntry.objects.filter(id=entry_id, removed_at=None).update(removed_at=at, removed_note=note.strip())
    if not changed:
        raise DncEntryGoneError("This entry is not on the list any more.")
    log_change(Action.DNC_REMOVED, by=removed_by, at=at, target=f"dnc:{entry_id}", data={"note": note.strip()})
