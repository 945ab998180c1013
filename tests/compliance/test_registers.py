from datetime import date, datetime

import pytest

from apps.audit.models import AuditEntry
from apps.compliance.models import DncRegister, DncRegisterNumber
from apps.compliance.selectors import register_usable_until
from apps.compliance.services.facts import NotE164Error
from apps.compliance.services.registers import (
    RegisterDateError,
    RegisterOutdatedError,
    UnknownJurisdictionError,
    load_register,
)
from apps.tenants.models import Tenant
from apps.tenants.scope import tenant_scope

ONE, TWO, THREE = "+12125550101", "+12125550102", "+12125550103"


def load(at: datetime, *numbers: str, listed_on: date = date(2026, 6, 1), is_sample: bool = False) -> DncRegister:
    return load_register(
        jurisdiction="US", listed_on=listed_on, numbers=numbers, is_sample=is_sample, loaded_by="test", at=at
    )


def numbers() -> list[str]:
    return list(DncRegisterNumber.objects.order_by("phone").values_list("phone", flat=True))


def test_load_register_replaces_the_copy(tenant: Tenant, at: datetime) -> None:
    load(at, ONE, TWO, TWO)
    register = load(at, THREE, TWO, listed_on=date(2026, 6, 10))
    assert (register.number_count, register.listed_on, register.loaded_at) == (2, date(2026, 6, 10), at)
    assert numbers() == [TWO, THREE]
    assert DncRegister.objects.count() == 1
    assert list(AuditEntry.objects.order_by("id").values_list("target", "data")) == [
        ("register:US", {"jurisdiction": "US", "listed_on": "2026-06-01", "numbers": 2}),
        ("register:US", {"jurisdiction": "US", "listed_on": "2026-06-10", "numbers": 2}),
    ]


def test_load_register_leaves_other_tenants_alone(tenant: Tenant, other_tenant: Tenant, at: datetime) -> None:
    load(at, ONE)
    with tenant_scope(other_tenant.id):
        load(at, TWO)
        assert numbers() == [TWO]
    load(at, THREE)
    with tenant_scope(other_tenant.id):
        assert numbers() == [TWO]


def test_load_register_refuses_a_step_back(tenant: Tenant, at: datetime) -> None:
    load(at, ONE)
    with pytest.raises(RegisterOutdatedError, match="01 June 2026"):
        load(at, TWO, listed_on=date(2026, 5, 31))
    with pytest.raises(RegisterOutdatedError, match="sample"):
        load(at, TWO, is_sample=True)
    assert numbers() == [ONE]


def test_load_register_lets_a_real_register_replace_a_sample(tenant: Tenant, at: datetime) -> None:
    load(at, ONE, is_sample=True)
    assert load(at, TWO).is_sample is False
    assert numbers() == [TWO]


def test_load_register_refuses_bad_input_and_keeps_the_copy(tenant: Tenant, at: datetime) -> None:
    load(at, ONE)
    with pytest.raises(NotE164Error):
        load(at, TWO, "212")
    with pytest.raises(RegisterDateError):
        load(at, TWO, listed_on=date(2026, 6, 17))
    with pytest.raises(UnknownJurisdictionError):
        load_register(
            jurisdiction="Florida", listed_on=date(2026, 6, 1), numbers=[], is_sample=False, loaded_by="test", at=at
        )
    assert numbers() == [ONE]


def test_register_is_usable_for_31_days() -> None:
    assert register_usable_until(date(2026, 6, 1)) == date(2026, 7, 2)
