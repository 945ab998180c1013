"""Quotas: cells from questions, counting, and who is known to be of a kind that is full."""

from datetime import datetime
from typing import Any

import pytest

from apps.agents.models import AgentState
from apps.audit.models import AuditEntry
from apps.calls.domain.quotas import Cell, Condition, Group, RangesError, cross, groups_of, is_met
from apps.calls.models import Attempt, QuotaCell
from apps.calls.selectors import find_over_quota
from apps.calls.services.answers import keep_answers
from apps.calls.services.disposing import dispose_attempt
from apps.calls.services.quotas import TooManyCellsError, set_cells, set_targets
from apps.campaigns.models import Campaign, CampaignLead, QueueState
from apps.dialer.services.reserve import QuotaFullError, dial_ahead, dial_lead
from apps.scripts.domain.questions import Kind, Question
from apps.tenants.models import Tenant
from tests import factories
from tests.dialling import add_lead, open_campaign, seat_agent

SEX = Question("Sex?", Kind.SINGLE, ("Female", "Male"), "sex")
AGE = Question("Age?", Kind.NUMBER, key="age")
YOUNG, OLD = Condition("age", least=18, most=34), Condition("age", least=35)
FEMALE = Condition("sex", ("Female",))
YOUNG_WOMEN = Cell("Female · 18-34", (FEMALE, YOUNG))


@pytest.fixture
def campaign(tenant: Tenant, at: datetime) -> Campaign:
    return open_campaign(at)


def set_up(campaign: Campaign, at: datetime, *cells: Cell, target: int = 1) -> None:
    set_cells(campaign=campaign, cells=cells or (YOUNG_WOMEN,), target=target, changed_by=None, at=at)


def fill(campaign: Campaign) -> None:
    QuotaCell.objects.filter(campaign=campaign).update(count=1)


def interview(campaign: Campaign, at: datetime, *, is_success: bool = True, **values: str) -> Attempt:
    attempt: Attempt = factories.AttemptFactory.create(campaign=campaign, reserved_at=at, outcome="CONNECTED")
    code = "DONE" if is_success else "NOT"
    if not campaign.disposition_set.dispositions.filter(code=code).exists():
        factories.DispositionFactory.create(disposition_set=campaign.disposition_set, code=code, is_success=is_success)
    return dispose_attempt(attempt_id=attempt.id, code=code, user=None, at=at, answers=values)


def counts() -> list[tuple[str, int]]:
    return [(cell.label, cell.count) for cell in QuotaCell.objects.order_by("position")]


def test_groups_are_options_or_ranges() -> None:
    assert groups_of(SEX, "") == [Group("Female", FEMALE), Group("Male", Condition("sex", ("Male",)))]
    assert groups_of(AGE, "18-34\n\n 35+ ") == [Group("18-34", YOUNG), Group("35+", OLD)]


@pytest.mark.parametrize(
    ("ranges", "message"),
    [
        ("", "Give ranges"),
        ("old", "“old” is no range"),
        ("34-18", "is empty"),
        ("18-34\n34-50", "“18-34” and “34-50” overlap"),
        ("20+\n10+", "overlap"),
        (f"{'9' * 400}+", "is no range"),
    ],
)
def test_ranges_that_cannot_be_used_are_named(ranges: str, message: str) -> None:
    with pytest.raises(RangesError, match=message):
        groups_of(AGE, ranges)


def test_cells_of_long_options_can_be_kept(campaign: Campaign, at: datetime) -> None:
    long = Question("Which?", Kind.SINGLE, ("a" * 200, "b" * 200), "which")
    set_up(campaign, at, *cross(groups_of(long, ""), groups_of(long, "")))
    assert {len(cell.label) for cell in QuotaCell.objects.all()} == {250}


def test_cells_cross_the_groups_of_two_questions() -> None:
    cells = cross(groups_of(SEX, ""), groups_of(AGE, "18-34\n35+"))
    assert [cell.label for cell in cells] == ["Female · 18-34", "Female · 35+", "Male · 18-34", "Male · 35+"]
    assert cells[0] == YOUNG_WOMEN
    assert [cell.label for cell in cross(groups_of(SEX, ""), [])] == ["Female", "Male"]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"sex": "Female", "age": "18"}, True),
        ({"sex": ["Female"], "age": "34.0"}, True),
        ({"sex": "Female", "age": "34.5"}, False),
        ({"sex": "Male", "age": "20"}, False),
        ({"sex": "Female"}, False),
        ({"sex": "Female", "age": "twenty"}, False),
        ({"sex": None, "age": None}, False),
    ],
)
def test_conditions_are_met_by_all_of_their_answers(values: dict[str, Any], expected: bool) -> None:
    assert is_met(YOUNG_WOMEN.conditions, values) == expected


def test_complete_interviews_are_counted_in_their_cell(campaign: Campaign, at: datetime) -> None:
    set_up(campaign, at, YOUNG_WOMEN, Cell("35+", (OLD,)), target=2)
    interview(campaign, at, sex="Female", age="20")
    interview(campaign, at, sex="Female", age="20", is_success=False)
    interview(campaign, at, sex="Male", age="20")
    interview(open_campaign(at), at, sex="Female", age="20")
    assert counts() == [("Female · 18-34", 1), ("35+", 0)]


def test_interview_counts_when_somebody_else_gives_its_disposition(campaign: Campaign, at: datetime) -> None:
    set_up(campaign, at)
    attempt = factories.AttemptFactory.create(campaign=campaign, reserved_at=at, outcome="CONNECTED")
    factories.DispositionFactory.create(disposition_set=campaign.disposition_set, code="DONE", is_success=True)
    keep_answers(attempt=attempt, values={"sex": "Female", "age": "20"}, at=at, is_partial=True)

    dispose_attempt(attempt_id=attempt.id, code="DONE", user=None, at=at)

    assert counts() == [("Female · 18-34", 1)]
    assert not attempt.answers.filter(is_partial=True).exists()


def test_new_cells_count_what_was_complete_before(campaign: Campaign, at: datetime) -> None:
    interview(campaign, at, sex="Female", age="20")
    interview(campaign, at, sex="Female", age="20", is_success=False)
    set_up(campaign, at)
    set_up(campaign, at, YOUNG_WOMEN, Cell("35+", (OLD,)))
    assert counts() == [("Female · 18-34", 1), ("35+", 0)]
    assert AuditEntry.objects.latest("id").action == "campaign.quotas_changed"


def test_targets_change_only_in_their_own_campaign(campaign: Campaign, at: datetime) -> None:
    other = open_campaign(at)
    set_up(campaign, at)
    set_up(other, at)
    targets = {cell.id: 7 for cell in QuotaCell.objects.all()}
    set_targets(campaign=campaign, targets=targets, changed_by=None, at=at)
    assert [QuotaCell.objects.get(campaign=of).target for of in (campaign, other)] == [7, 1]


def test_too_many_cells_are_refused(campaign: Campaign, at: datetime) -> None:
    with pytest.raises(TooManyCellsError):
        set_up(campaign, at, *[YOUNG_WOMEN] * 101)


def test_leads_known_to_be_in_a_full_cell_are_found(campaign: Campaign, at: datetime) -> None:
    set_up(campaign, at)
    leads = [
        factories.LeadFactory.create(custom=custom) for custom in ({"sex": "Female", "age": 20}, {"sex": "Male"}, {})
    ]
    assert find_over_quota(campaign.id, leads) == set()
    fill(campaign)
    assert find_over_quota(campaign.id, leads) == {leads[0].id}
    row = factories.CampaignLeadFactory.create(campaign=campaign, lead=leads[2])
    attempt = factories.AttemptFactory.create(campaign=campaign, campaign_lead=row, reserved_at=at)
    keep_answers(attempt=attempt, values={"sex": "Female", "age": "30"}, at=at, is_partial=True)
    assert find_over_quota(campaign.id, leads) == {leads[0].id, leads[2].id}


def test_leads_of_a_full_cell_are_not_dialled(campaign: Campaign, at: datetime) -> None:
    set_up(campaign, at)
    fill(campaign)
    full = add_lead(campaign, custom={"sex": "Female", "age": "20"})
    other = add_lead(campaign, custom={"sex": "Male", "age": "20"})
    assert dial_ahead(campaign, n=2, place_ids=[full.place_id, other.place_id], at=at) == 1
    full.refresh_from_db()
    assert (full.state, full.reason) == (QueueState.DONE, "quota_full")
    assert Attempt.objects.get().campaign_lead_id == other.id


def test_lead_of_a_full_cell_cannot_be_called_by_hand(campaign: Campaign, at: datetime) -> None:
    set_up(campaign, at)
    fill(campaign)
    row = add_lead(campaign, custom={"sex": "Female", "age": "20"})
    session = seat_agent(campaign, at, state=AgentState.BREAK)
    with pytest.raises(QuotaFullError):
        dial_lead(session=session, campaign_lead_id=row.id, at=at)
    assert CampaignLead.objects.get(id=row.id).state == QueueState.DONE
    assert not Attempt.objects.exists()
