from datetime import datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.api.domain.ids import Kind, PublicIds
from apps.tenants.models import Tenant
from tests.api.conftest import make_source

IDS = PublicIds(UUID(int=1))
NUMBERS = st.integers(min_value=0, max_value=2**63 - 1)


def test_id_of_a_row_never_changes() -> None:
    assert IDS.write(Kind.LEAD, 4711) == "lead_bf065e1b6b8c3ee780d8c1ede802b47d"


@given(number=NUMBERS, kind=st.sampled_from(Kind))
def test_id_is_read_back(number: int, kind: Kind) -> None:
    assert IDS.read(kind, IDS.write(kind, number)) == number


@given(number=NUMBERS)
def test_id_of_another_kind_or_tenant_is_none(number: int) -> None:
    lead_id = IDS.write(Kind.LEAD, number)

    assert IDS.read(Kind.CAMPAIGN, lead_id) is None
    assert IDS.read(Kind.CAMPAIGN, lead_id.replace("lead", "campaign")) is None
    assert PublicIds(UUID(int=2)).read(Kind.LEAD, lead_id) is None


@given(text=st.text() | st.from_regex(r"lead_[0-9a-f]{32}", fullmatch=True))
def test_made_up_id_is_none(text: str) -> None:
    assert IDS.read(Kind.LEAD, text) is None


@pytest.mark.parametrize("change", [str.upper, lambda text: text + " ", lambda text: text[5:], lambda text: text[:-2]])
def test_id_in_another_writing_is_none(change: object) -> None:
    assert callable(change)
    assert IDS.read(Kind.LEAD, change(IDS.write(Kind.LEAD, 1))) is None


def test_ids_of_rows_in_a_row_have_nothing_in_common() -> None:
    first, second = (int(IDS.write(Kind.LEAD, number).removeprefix("lead_"), 16) for number in (1, 2))

    assert 32 < (first ^ second).bit_count() < 96


def test_sources_of_two_tenants_see_other_ids(tenant: Tenant, other_tenant: Tenant, at: datetime) -> None:
    ours, theirs = make_source(at), make_source(at, tenant=other_tenant)

    assert ours.api_key.tenant.id_key != theirs.api_key.tenant.id_key
    assert ours.post({"phone": "+12125550142"}).json()["lead"]["id"].startswith("lead_")
