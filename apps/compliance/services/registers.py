"""Copies of public do-not-call registers: national (`US`) or of a state (`US-FL`).

A copy older than 31 days no longer counts, 16 CFR 310.4(b)(3)(iv): the gate then refuses sales calls there.
"""

import re
from collections.abc import Iterable
from datetime import date, datetime
from typing import Final

from django.db import connection, transaction
from django.db.models import F

from apps.audit.actions import Action
from apps.compliance.models import DncRegister
from apps.compliance.services.facts import Actor, log_change, require_e164
from apps.core.errors import ConflictError, InvalidError
from apps.tenants.scope import get_tenant_id

_JURISDICTION: Final = re.compile(r"[A-Z]{2}(-[A-Z0-9]{1,3})?")
_STAGE = "create temporary table register_staging (phone varchar(16) primary key) on commit drop"
_UNSTAGE = "drop table register_staging"
_COPY = "copy register_staging (phone) from stdin"
_CLEAR = "delete from compliance_dncregisternumber where tenant_id = %s and register_id = %s"
_FILL = """
insert into compliance_dncregisternumber (tenant_id, register_id, phone)
select %s, %s, phone from register_staging order by phone
"""
_REPORT = """
insert into compliance_dncregisternumber (tenant_id, register_id, phone)
select register.tenant_id, register.id, phone
from compliance_dncregister register cross join unnest(%s::text[]) as phone
where register.tenant_id = %s and register.jurisdiction = %s
on conflict do nothing
"""


class UnknownJurisdictionError(InvalidError):
    """A jurisdiction is not written as a country or a country and a state."""

    code = "unknown_jurisdiction"


class RegisterDateError(InvalidError):
    """The version date of a register lies in the future."""

    code = "register_in_future"


class RegisterOutdatedError(ConflictError):
    """The copy in use is newer, or is a real one that a sample may not replace."""

    code = "register_outdated"


@transaction.atomic
def load_register(
    *, jurisdiction: str, listed_on: date, numbers: Iterable[str], is_sample: bool, loaded_by: Actor, at: datetime
) -> DncRegister:
    """Replace the tenant's copy of a register with E.164 `numbers` as of `listed_on`, the date of the register.

    The old copy counts until the commit, then the new one does: never both, never neither. Loading the same again
    changes nothing but the load time. Raises UnknownJurisdictionError, RegisterDateError, RegisterOutdatedError,
    NotE164Error; nothing has then changed.
    """
    if not _JURISDICTION.fullmatch(jurisdiction):
        raise UnknownJurisdictionError("Write the jurisdiction as US or US-FL.", field="jurisdiction")
    if listed_on > at.date():
        raise RegisterDateError("The register's date lies in the future.", field="listed_on")
    phones = require_e164(numbers)
    register, _ = DncRegister.objects.select_for_update().get_or_create(
        jurisdiction=jurisdiction, defaults={"listed_on": listed_on, "is_sample": is_sample}
    )
    _refuse_step_back(register, listed_on=listed_on, is_sample=is_sample)
    register.listed_on, register.is_sample, register.loaded_at = listed_on, is_sample, at
    register.number_count = len(phones)
    register.save()
    _replace_numbers(register.id, phones)
    data = {"jurisdiction": jurisdiction, "listed_on": listed_on.isoformat(), "numbers": len(phones)}
    log_change(Action.REGISTER_LOADED, by=loaded_by, at=at, target=f"register:{jurisdiction}", data=data)
    return register


def add_reported_numbers(*, jurisdiction: str, phones: Iterable[str], reported_by: Actor, at: datetime) -> int:
    """Add E.164 numbers that a lead source says are on a register to the tenant's copy of it; return how many are new.

    Without a copy nothing is added: the gate then refuses by the missing copy. The next version of the register
    replaces what was reported. Raises NotE164Error.
    """
    numbers = require_e164(phones)
    with connection.cursor() as cursor:
        cursor.execute(_REPORT, [numbers, get_tenant_id(), jurisdiction])
        added = int(cursor.rowcount)
    if added:
        DncRegister.objects.filter(jurisdiction=jurisdiction).update(number_count=F("number_count") + added)
        data = {"jurisdiction": jurisdiction, "reported": added}
        log_change(Action.REGISTER_LOADED, by=reported_by, at=at, target=f"register:{jurisdiction}", data=data)
    return added


def _refuse_step_back(register: DncRegister, *, listed_on: date, is_sample: bool) -> None:
    if listed_on < register.listed_on:
        raise RegisterOutdatedError(f"The copy in use is newer: it is of {register.listed_on:%d %B %Y}.")
    if is_sample and not register.is_sample:
        raise RegisterOutdatedError("A sample cannot replace a real register.")


def _replace_numbers(register_id: int, phones: list[str]) -> None:
    """Through a temporary table, because PostgreSQL has no COPY into a table with row-level security."""
    tenant_id = get_tenant_id()
    with connection.cursor() as cursor:
        cursor.execute(_STAGE)
        with cursor.copy(_COPY) as copy:
            copy.write("".join(f"{phone}\n" for phone in phones))
        cursor.execute(_CLEAR, [tenant_id, register_id])
        cursor.execute(_FILL, [tenant_id, register_id])
        cursor.execute(_UNSTAGE)
