from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier
from typing import Any

import pytest
from django.conf import settings
from django.db import connections

from apps.api.models import IdempotentResponse
from apps.api.services import idempotency
from apps.api.services.idempotency import forget_old_answers
from apps.api.views import rest
from apps.leads.models import Lead
from apps.tenants.scope import tenant_scope
from tests import factories
from tests.api.conftest import BATCH, Source, make_source

LEAD: dict[str, Any] = {"phone": "+12125550142", "first_name": "Ada"}
KEY = {"Idempotency-Key": "9f0c-1"}
THREADS = 6
# With its apps named, the flush at the end also empties the tables that have no model.
COMMITTED = pytest.mark.django_db(transaction=True, available_apps=list(settings.INSTALLED_APPS))


def test_repeated_request_gets_the_first_answer(source: Source) -> None:
    first = source.post(LEAD, **KEY)

    second = source.post(LEAD, **KEY)

    assert (first.status_code, second.status_code) == (201, 201)
    assert "Idempotent-Replayed" not in first.headers
    assert second.headers["Idempotent-Replayed"] == "true"
    assert first.json() | {"request_id": ""} == second.json() | {"request_id": ""}


def test_repeated_batch_gets_the_first_answer(source: Source) -> None:
    body = {"leads": [LEAD, {"phone": "1"}]}
    first = source.post(body, path=BATCH, **KEY)

    second = source.post(body, path=BATCH, **KEY)

    assert first.json() | {"request_id": ""} == second.json() | {"request_id": ""}


def test_duplicate_is_answered_alike_again(source: Source, at: datetime) -> None:
    source.post(LEAD)
    rival = make_source(at, source="Rival", lead_list=source.api_key.lead_list)

    answers = [rival.post(LEAD, **KEY) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [409, 409]
    assert [answer.json()["error"]["code"] for answer in answers] == ["duplicate", "duplicate"]


def test_key_with_another_body_is_a_conflict(source: Source) -> None:
    source.post(LEAD, **KEY)

    response = source.post(LEAD | {"first_name": "Eve"}, **KEY)

    assert (response.status_code, response.json()["error"]["code"]) == (409, "idempotency_key_reused")
    assert Lead.objects.get().first_name == "Ada"


def test_refused_request_leaves_the_key_free(source: Source) -> None:
    assert source.post({"phone": "1"}, **KEY).status_code == 422

    assert source.post(LEAD, **KEY).status_code == 201


def test_failed_request_leaves_the_key_free(source: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(rest, "_verdict", lambda *_, **__: 1 / 0)
        assert source.post(LEAD, **KEY).status_code == 500

    assert source.post(LEAD, **KEY).status_code == 201


def test_dry_run_leaves_the_key_free(source: Source) -> None:
    source.post(LEAD | {"dry_run": True}, **KEY)

    assert source.post(LEAD, **KEY).status_code == 201


def test_sources_do_not_share_keys(source: Source, at: datetime) -> None:
    source.post(LEAD, **KEY)

    assert make_source(at, source="Other").post(LEAD, **KEY).status_code == 201


@pytest.mark.parametrize("key", ["", " ", "a b", "x" * 201, "é"])
def test_unusable_key_is_refused(source: Source, key: str) -> None:
    response = source.post(LEAD, **{"Idempotency-Key": key})

    assert (response.status_code, response.json()["error"]["fields"][0]["code"]) == (422, "idempotency_key_unusable")


def test_old_answers_are_forgotten(source: Source, at: datetime) -> None:
    source.post(LEAD, **KEY)

    kept = forget_old_answers(api_key=source.api_key, at=at + idempotency.KEPT_FOR)
    gone = forget_old_answers(api_key=source.api_key, at=at + idempotency.KEPT_FOR + timedelta(seconds=1))

    assert (kept, gone, IdempotentResponse.objects.count()) == (0, 1, 0)


@pytest.fixture
def committed_source(transactional_db: None, at: datetime) -> Source:
    """A source that other connections can see."""
    return make_source(at, tenant=factories.TenantFactory.create(), per_minute=60_000)


def all_at_once(work: Any) -> list[Any]:
    """The results of `work` in THREADS threads that start together."""
    barrier = Barrier(THREADS)

    def run(number: int) -> Any:
        try:
            barrier.wait()
            return work(number)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(run, range(THREADS)))


@COMMITTED
def test_simultaneous_repetitions_do_the_work_once(committed_source: Source) -> None:
    answers = all_at_once(lambda _: committed_source.post(LEAD, **KEY))

    assert [answer.status_code for answer in answers] == [201] * THREADS
    assert Counter("Idempotent-Replayed" in answer.headers for answer in answers) == {True: THREADS - 1, False: 1}
    assert len({answer.json()["lead"]["id"] for answer in answers}) == 1


@COMMITTED
def test_simultaneous_posts_of_one_number_make_one_lead(committed_source: Source) -> None:
    answers = all_at_once(lambda n: committed_source.post(LEAD | {"custom": {f"n{n}": n}}))

    with tenant_scope(committed_source.api_key.tenant_id):
        lead = Lead.objects.get()
    assert Counter(answer.status_code for answer in answers) == {201: 1, 200: THREADS - 1}
    assert lead.custom == {f"n{n}": n for n in range(THREADS)}


@COMMITTED
def test_simultaneous_batches_in_opposite_order_do_not_block_each_other(committed_source: Source) -> None:
    leads = [{"phone": f"+1212555{100 + n:04d}"} for n in range(100)]

    answers = all_at_once(lambda n: committed_source.post({"leads": leads if n % 2 else leads[::-1]}, path=BATCH))

    created = [answer.json()["counts"]["created"] for answer in answers]
    assert ([answer.status_code for answer in answers], sum(created)) == ([200] * THREADS, 100)
