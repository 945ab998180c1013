"""The account's rate of new calls: no second holds more than it allows, whatever order and clocks workers have."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from apps.telephony.models import ProviderAccount
from apps.telephony.services.accounts import take_call_slot
from apps.tenants.models import Tenant
from tests import factories

START = datetime(2026, 6, 16, 17, 0, tzinfo=UTC)


def granted(account: ProviderAccount, instants: list[int]) -> list[int]:
    """Which of these milliseconds got a slot, asked in this order."""
    return [
        instant
        for instant in instants
        if take_call_slot(account_id=account.id, at=START + timedelta(milliseconds=instant))
    ]


def most_in(window: float, instants: list[int]) -> int:
    """The largest number of instants (milliseconds) in any half-open window of `window` seconds."""
    return max((sum(start <= one < start + 1000 * window for one in instants) for start in instants), default=0)


@examples(max_examples=25)
@given(
    cps=st.sampled_from([0.25, 0.5, 1.0, 1.9, 2.0, 3.0, 5.5, 10.0]),
    gaps=st.lists(st.integers(0, 700), min_size=1, max_size=40),
    lags=st.lists(st.integers(0, 400), min_size=40, max_size=40),
)
def test_no_second_ever_holds_more_calls_than_the_rate(
    tenant: Tenant, cps: float, gaps: list[int], lags: list[int]
) -> None:
    """Workers read their clocks before they wait for their turn, so instants may arrive out of order."""
    account = factories.ProviderAccountFactory.create(cps=cps)
    asked, instant = [], 0
    for gap, lag in zip(gaps, lags, strict=False):
        instant += gap
        asked.append(instant - lag)

    taken = granted(account, asked)

    assert most_in(max(1.0, 1 / cps), taken) <= max(1, int(cps))


@pytest.mark.parametrize(
    ("cps", "expected"),
    [
        (1.0, [0, 1050, 2100, 3150]),
        (3.0, [0, 50, 100, 1050, 1100, 1150, 2100, 2150, 2200, 3150, 3200, 3250]),
        (0.5, [0, 2100]),
        (0.25, [0]),
    ],
)
def test_under_constant_demand_the_rate_is_used(tenant: Tenant, cps: float, expected: list[int]) -> None:
    account = factories.ProviderAccountFactory.create(cps=cps)

    assert granted(account, list(range(0, 4000, 50))) == expected


def test_a_changed_rate_counts_at_once(tenant: Tenant) -> None:
    account = factories.ProviderAccountFactory.create(cps=5.0)
    assert len(granted(account, [0] * 6)) == 5

    ProviderAccount.objects.filter(id=account.id).update(cps=1.0)
    assert granted(account, [500, 1000, 1100, 1200]) == [1100]

    ProviderAccount.objects.filter(id=account.id).update(cps=2.0)
    assert granted(account, [1300, 1400]) == [1300]


def test_a_stopped_account_has_no_slots(tenant: Tenant) -> None:
    account = factories.ProviderAccountFactory.create(cps=5.0, is_active=False)

    assert granted(account, [0]) == []


def test_the_memory_stays_as_short_as_the_rate(tenant: Tenant) -> None:
    account = factories.ProviderAccountFactory.create(cps=4.0)
    granted(account, list(range(0, 5000, 100)))

    account.refresh_from_db()
    assert len(account.recent_calls) == 4
