"""Everything that a tenant and this app know of a set of numbers, read in one statement.

The gate reads it for every decision, also for those of a lead that is posted while its source waits, so it costs one
round trip and not one for each table.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final, NamedTuple

from django.db import connection

from apps.compliance.selectors import ConsentStatus, fold_consents
from apps.tenants.scope import get_tenant_id

_READ: Final = """
select 'tenant', '', '', id, null::date, countries::text[], stopped_jurisdictions::text[],
    null::timestamptz, null::timestamptz, null::timestamptz
from tenants_tenant where id = %(tenant)s
union all
select 'consent', phone, '', 0, null, null, null, max(revoked_at),
    max(captured_at) filter (where revoked_at is null and kind = 'EXPRESS'),
    max(captured_at) filter (where revoked_at is null and kind = 'EXPRESS_WRITTEN')
from compliance_consent where tenant_id = %(tenant)s and phone = any(%(phones)s) group by phone
union all
select 'relationship', phone, kind, 0, occurred_on, null, null, null, null, null
from compliance_relationship where tenant_id = %(tenant)s and phone = any(%(phones)s)
union all
select 'entry', phone, '', campaign_id, null, null, null, null, null, null
from compliance_dncentry where tenant_id = %(tenant)s and phone = any(%(phones)s) and removed_at is null
union all
select 'register', '', jurisdiction, id, listed_on, null, null, null, null, null
from compliance_dncregister where tenant_id = %(tenant)s
union all
select 'listed', phone, '', register_id, null, null, null, null, null, null
from compliance_dncregisternumber where tenant_id = %(tenant)s and phone = any(%(phones)s)
"""


class RegisterCopy(NamedTuple):
    """The tenant's copy of a register, and the day of its version."""

    id: int
    listed_on: date


@dataclass(slots=True)
class Known:
    """`relationships` holds (kind, day) by number, `entries` (number, campaign or None), `listed` (register, number)."""

    countries: frozenset[str] = frozenset()
    stopped: frozenset[str] = frozenset()
    consents: dict[str, ConsentStatus] = field(default_factory=dict)
    relationships: dict[str, list[tuple[str, date]]] = field(default_factory=dict)
    entries: set[tuple[str, int | None]] = field(default_factory=set)
    registers: dict[str, RegisterCopy] = field(default_factory=dict)
    listed: set[tuple[int, str]] = field(default_factory=set)


def read_known(phones: Sequence[str]) -> Known:
    """What the tenant in scope knows of E.164 numbers. A number of which nothing is known is simply not in there."""
    known = Known()
    with connection.cursor() as cursor:
        cursor.execute(_READ, {"tenant": get_tenant_id(), "phones": list(phones)})
        for what, phone, word, number, day, countries, stopped, *instants in cursor.fetchall():
            match what:
                case "tenant":
                    known.countries, known.stopped = frozenset(countries), frozenset(stopped)
                case "consent":
                    known.consents[phone] = fold_consents(*instants)
                case "relationship":
                    known.relationships.setdefault(phone, []).append((word, day))
                case "entry":
                    known.entries.add((phone, number))
                case "register":
                    known.registers[word] = RegisterCopy(number, day)
                case "listed":
                    known.listed.add((number, phone))
    return known
