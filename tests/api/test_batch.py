from datetime import datetime
from typing import Any

import pytest

from apps.api.domain.shape import MAX_BATCH
from apps.campaigns.models import Campaign, CampaignLead, QueueState
from apps.campaigns.services.queue import PRIORITY_NOW
from apps.compliance.models import Evidence
from apps.compliance.services.suppression import add_dnc_entry
from apps.leads.models import Lead
from tests.api.conftest import BATCH, Source


def phone(number: int) -> str:
    return f"+1212555{100 + number % 100:04d}"


def rows(response: Any) -> list[str]:
    return [result["result"] for result in response.json()["results"]]


def test_each_lead_gets_its_own_result(source: Source) -> None:
    source.post({"phone": phone(1), "first_name": "Ada"})
    source.post({"phone": phone(2), "first_name": "Ada"})

    response = source.post(
        {
            "leads": [
                {"phone": phone(0), "first_name": "New"},
                {"phone": phone(1), "first_name": "Ada"},
                {"phone": phone(2), "first_name": "Eve"},
                {"phone": "555-0142"},
                {"phone": phone(0), "first_name": "Again"},
                "no object",
                {"phone": phone(5), "call_now": True},
            ]
        },
        path=BATCH,
    )

    body = response.json()
    assert (response.status_code, rows(response)) == (
        200,
        ["created", "unchanged", "updated", "invalid", "duplicate", "invalid", "invalid"],
    )
    assert body["counts"] == {"created": 1, "updated": 1, "unchanged": 1, "duplicate": 1, "invalid": 3}
    assert [result["index"] for result in body["results"]] == list(range(7))
    assert body["results"][0]["lead"]["id"] == source.id_of(Lead.objects.get(phone=phone(0)))
    assert [result["fields"][0]["code"] for result in body["results"] if result["result"] == "invalid"] == [
        "phone_no_area_code",
        "wrong_type",
        "no_campaign",
    ]
    assert list(Lead.objects.order_by("phone").values_list("phone", "first_name")) == [
        (phone(0), "New"),
        (phone(1), "Ada"),
        (phone(2), "Eve"),
    ]


@pytest.mark.parametrize("leads", [None, [], "x", {}, [{"phone": "1"}] * (MAX_BATCH + 1)])
def test_batch_of_a_wrong_size_is_refused(source: Source, leads: Any) -> None:
    response = source.post({"leads": leads}, path=BATCH)

    assert (response.status_code, response.json()["error"]["fields"][0]["code"]) == (422, "batch_size")


def test_every_field_at_fault_of_the_batch_is_named(source: Source) -> None:
    response = source.post({"leads": [], "list": 1, "dry_run": "no"}, path=BATCH)

    assert [(field["field"], field["code"]) for field in response.json()["error"]["fields"]] == [
        ("dry_run", "wrong_type"),
        ("leads", "batch_size"),
        ("list", "unknown_field"),
    ]


def test_every_field_at_fault_of_a_row_is_named(source: Source) -> None:
    row = {"phone": "1", "email": "ada", "state": "Calfornia", "call_now": "yes"}

    result = source.post({"leads": [{"phone": phone(0)}, row]}, path=BATCH).json()["results"][1]

    assert sorted((field["field"], field["code"]) for field in result["fields"]) == [
        ("call_now", "wrong_type"),
        ("email", "email_unreadable"),
        ("phone", "phone_too_short"),
        ("state", "state_unknown"),
    ]


def test_row_gets_the_verdict_of_a_single_lead(campaign: Campaign, warm_source: Source) -> None:
    Campaign.objects.update(purpose="SURVEY", call_until="12:00")
    leads = [{"phone": phone(n), "state": "NY", "line_type": "landline", "call_now": n == 0} for n in range(2)]

    rows = warm_source.post({"leads": leads, "dry_run": True}, path=BATCH).json()["results"]
    singles = [warm_source.post(lead | {"dry_run": True}).json() for lead in leads]

    for index, (row, single) in enumerate(zip(rows, singles, strict=True)):
        del single["request_id"], single["dry_run"]
        assert row == {"index": index, **single}
    assert [row["callable"]["reasons"] for row in rows] == [["calling_time"]] * 2
    assert [row["call_now"] for row in rows] == ["waiting", None]


def test_row_knows_the_do_not_call_list_and_past_attempts_of_its_own_number(
    campaign: Campaign, warm_source: Source, at: datetime
) -> None:
    Campaign.objects.update(purpose="SURVEY")
    add_dnc_entry(phone=phone(1), campaign_id=None, source=Evidence.MANAGER, created_by="test", at=at)
    leads = [{"phone": phone(n), "state": "NY", "line_type": "landline"} for n in range(3)]

    rows = warm_source.post({"leads": leads}, path=BATCH).json()["results"]

    assert [row["callable"]["reasons"] for row in rows] == [[], ["dnc_entity"], []]


def test_rows_that_want_a_call_go_to_the_head_of_the_queue(campaign: Campaign, warm_source: Source) -> None:
    Campaign.objects.update(purpose="SURVEY")
    leads = [{"phone": phone(n), "state": "NY", "line_type": "landline", "call_now": n != 1} for n in range(4)]
    warm_source.post({"leads": leads[3:]}, path=BATCH)
    CampaignLead.objects.update(attempt_count=1, state=QueueState.DONE)

    rows = warm_source.post({"leads": leads}, path=BATCH).json()["results"]

    assert [row["call_now"] for row in rows] == ["queued", None, "queued", "called_before"]
    queued = CampaignLead.objects.filter(state=QueueState.READY, priority=PRIORITY_NOW)
    assert sorted(queued.values_list("lead__phone", flat=True)) == [phone(0), phone(2)]


def test_duplicate_row_says_what_a_single_one_says(source: Source) -> None:
    rows = source.post({"leads": [{"phone": phone(0)}, {"phone": phone(0)}]}, path=BATCH).json()["results"]

    assert rows[1] == {
        "index": 1,
        "result": "duplicate",
        "fields": [
            {
                "field": "phone",
                "code": "duplicate",
                "message": "The number is known already.",
                "fix": "Do not send it again.",
            }
        ],
    }


def test_dry_run_of_a_batch_keeps_nothing(source: Source) -> None:
    response = source.post({"leads": [{"phone": phone(0)}, {"phone": "1"}], "dry_run": True}, path=BATCH)

    assert (rows(response), response.json()["dry_run"], response.json()["results"][0]["lead"]["id"]) == (
        ["created", "invalid"],
        True,
        None,
    )
    assert Lead.objects.count() == 0


@pytest.mark.parametrize("size", [1, 100])
def test_batch_takes_the_same_statements_whatever_its_size(
    source: Source, size: int, django_assert_max_num_queries: Any
) -> None:
    leads = [{"phone": phone(n), "state": "NY"} for n in range(size)]
    source.post({"leads": [{"phone": phone(0), "state": "NY"}], "dry_run": True}, path=BATCH)

    with django_assert_max_num_queries(10):
        assert source.post({"leads": leads}, path=BATCH).json()["counts"]["created"] == size


@pytest.mark.parametrize("size", [1, 100])
def test_verdicts_take_the_same_statements_whatever_the_size(
    warm_source: Source, size: int, django_assert_max_num_queries: Any
) -> None:
    leads = [{"phone": phone(n), "state": "NY", "call_now": True} for n in range(size)]
    warm_source.post({"leads": [{"phone": phone(0), "state": "NY"}], "dry_run": True}, path=BATCH)

    # Fewer where an earlier test has left the place: places belong to no tenant.
    with django_assert_max_num_queries(15):
        assert warm_source.post({"leads": leads}, path=BATCH).json()["counts"]["created"] == size
