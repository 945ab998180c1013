from typing import Any

import pytest

from apps.api.domain.shape import MAX_BATCH
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
    assert body["results"][0]["id"] == Lead.objects.get(phone=phone(0)).id
    assert [result["fields"][0]["code"] for result in body["results"] if result["result"] == "invalid"] == [
        "phone_no_area_code",
        "wrong_type",
        "unknown_field",
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


def test_unknown_field_of_the_batch_is_named(source: Source) -> None:
    response = source.post({"leads": [{"phone": phone(0)}], "list": 1}, path=BATCH)

    assert response.json()["error"]["fields"][0]["field"] == "list"


def test_dry_run_of_a_batch_keeps_nothing(source: Source) -> None:
    response = source.post({"leads": [{"phone": phone(0)}, {"phone": "1"}], "dry_run": True}, path=BATCH)

    assert (rows(response), response.json()["dry_run"], "id" in response.json()["results"][0]) == (
        ["created", "invalid"],
        True,
        False,
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
