"""Writing the audit ledger, and erasing personal data from beside it."""

import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import connection

from apps.accounts.models import User
from apps.audit.actions import PERSONAL_KEYS, Action
from apps.audit.models import AuditEntry, PersonalValue
from apps.core.logs import request_id
from apps.tenants.scope import get_tenant_id

_HOLD = """
insert into ledger_head values (%s, %s, '') on conflict (tenant_id, ledger) do update set hash = ledger_head.hash
"""


def personal_digest(*, salt: str, value: str) -> str:
    """What the ledger keeps of a personal value: hex SHA-256 of salt and value. Without the salt it says nothing."""
    return hashlib.sha256(f"{salt}{value}".encode()).hexdigest()


def record(
    action: Action,
    *,
    at: datetime,
    target: str,
    actor: User | None = None,
    actor_label: str = "",
    data: dict[str, Any] | None = None,
) -> AuditEntry:
    """Add an entry to the ledger of the tenant in scope, in the caller's transaction.

    `target` names the thing as `kind:id`, for example `campaign:12`. `actor_label` names what acted when it was no
    person. `data` holds JSON values; those under a key of PERSONAL_KEYS are kept erasable, as text. Phone numbers,
    addresses and names of people belong under such a key and nowhere else. Entries of a tenant are written one after
    the other: record last, and not in a loop over leads.
    """
    values = {key: value for key, value in (data or {}).items() if key in PERSONAL_KEYS and value}
    salts = {key: secrets.token_hex(16) for key in values}
    digests = {key: {"sha256": personal_digest(salt=salts[key], value=str(values[key]))} for key in values}
    entry = AuditEntry.objects.create(
        at=at,
        action=action,
        actor=actor,
        actor_label=actor_label,
        target=target,
        data={**(data or {}), **digests},
        request_id=request_id.get(),
    )
    for key, value in values.items():
        PersonalValue.objects.create(entry=entry, key=key, value=str(value), salt=salts[key])
    return entry


def hold_ledger() -> None:
    """Take the ledger's place in the order of locks, before a row that comes after it is locked (`adr/0007`)."""
    with connection.cursor() as cursor:
        cursor.execute(_HOLD, [get_tenant_id(), AuditEntry._meta.db_table])


def erase_values(*, values: Iterable[str], at: datetime, actor_label: str) -> int:
    """Erase every personal value kept beside the ledger that equals one of `values`: a phone number, an address, a name.

    Returns how many were erased. The entries stay, and the ledger still verifies.
    """
    erased, _ = PersonalValue.objects.filter(value__in=[value for value in values if value]).delete()
    if erased:
        record(Action.AUDIT_ERASED, at=at, target="audit:personal", actor_label=actor_label, data={"count": erased})
    return erased
