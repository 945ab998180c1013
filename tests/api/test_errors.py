"""Whatever goes wrong, the answer has the one shape."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

import pytest
from django.db import InterfaceError, OperationalError, connections
from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as st
from pytest_django.fixtures import Settings

from apps.api.models import Scope
from apps.api.services.keys import revoke_key
from apps.api.views import rest
from apps.leads.models import Lead
from apps.tenants.models import Tenant
from ops.ports import random_free_port
from tests import factories
from tests.api.conftest import BATCH, LEADS, Source, make_source


def check_error(response: Any, status: int, code: str) -> None:
    body = response.json()
    assert (response.status_code, body["error"]["code"]) == (status, code)
    assert set(body) == {"error"}
    assert set(body["error"]) == {"code", "message", "fields", "request_id"}
    assert body["error"]["request_id"] == response.headers["X-Request-Id"]
    assert body["error"]["message"]
    assert all(set(field) == {"field", "code", "message", "fix"} for field in body["error"]["fields"])
    assert response.headers["Content-Type"] == "application/json"


def bare() -> Client:
    return Client(raise_request_exception=False)


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ({}, "key_missing"),
        ({"Authorization": "Basic abc"}, "key_missing"),
        ({"Authorization": "Bearer"}, "key_missing"),
        ({"Authorization": "Bearer nonsense"}, "key_unknown"),
        ({"Authorization": "Bearer fd_1_" + "a" * 52}, "key_unknown"),
        ({"Authorization": "Bearer fd_zzzzzzzzzzzz_" + "a" * 52}, "key_unknown"),
    ],
)
def test_request_without_a_good_key_is_refused(db: None, header: dict[str, str], code: str) -> None:
    response = bare().get(LEADS, headers=header)

    check_error(response, 401, code)
    assert response.headers["WWW-Authenticate"].startswith("Bearer ")


def test_revoked_key_is_refused(source: Source, at: datetime) -> None:
    revoke_key(api_key=source.api_key, revoked_by=factories.UserFactory.create(), at=at)

    check_error(source.get(), 401, "key_revoked")


def test_key_of_a_closed_tenant_is_refused(source: Source) -> None:
    Tenant.objects.update(is_active=False)

    check_error(source.get(), 401, "key_unknown")


@pytest.mark.parametrize("path", ["/api/v1/", "/api/v1/lead", "/api/v1/leads/", "/api/v1/leads/1/2"])
@pytest.mark.parametrize("method", ["get", "post", "delete"])
def test_unknown_address_is_not_found(db: None, path: str, method: str) -> None:
    check_error(getattr(bare(), method)(path), 404, "not_found")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("put", LEADS, {"GET", "HEAD", "POST"}),
        ("delete", LEADS, {"GET", "HEAD", "POST"}),
        ("options", LEADS, {"GET", "HEAD", "POST"}),
        ("get", BATCH, {"POST"}),
        ("post", f"{LEADS}/1", {"GET", "HEAD"}),
    ],
)
def test_wrong_method_names_the_right_ones(db: None, method: str, path: str, allowed: set[str]) -> None:
    response = getattr(bare(), method)(path)

    check_error(response, 405, "method_not_allowed")
    assert set(response.headers["Allow"].split(", ")) == allowed


@pytest.mark.parametrize(
    "body",
    [" ", "{", "[]", '"x"', "null", "{'a': 1}", '{"rank": NaN}', '{"rank": Infinity}', b"\xff\xfe\xff", "[" * 100_000],
)
def test_body_that_is_no_json_object_is_malformed(source: Source, body: str | bytes) -> None:
    check_error(source.post(body), 400, "malformed_json")


def test_body_without_a_length_is_refused(source: Source) -> None:
    chunked = {"CONTENT_TYPE": "application/json", "HTTP_TRANSFER_ENCODING": "chunked"}
    response = bare().generic("POST", LEADS, **chunked, headers={"Authorization": f"Bearer {source.text}"})

    check_error(response, 411, "length_required")


def test_body_of_another_type_is_refused(source: Source) -> None:
    response = bare().post(LEADS, {"phone": "1"}, headers={"Authorization": f"Bearer {source.text}"})

    check_error(response, 415, "unsupported_media_type")


def test_body_that_is_too_large_is_refused(source: Source, settings: Settings) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000

    check_error(source.post({"phone": "1" * 2_000}), 413, "too_large")


def test_fault_of_ours_says_nothing_about_itself(source: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(**_: object) -> None:
        raise ZeroDivisionError("secret")

    monkeypatch.setattr(rest, "post_lead", fail)

    response = source.post({"phone": "+12125550142"})

    check_error(response, 500, "internal")
    assert b"secret" not in response.content


def test_database_out_of_reach_is_told_with_a_time_to_try_again(
    source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OperationalError

    monkeypatch.setattr(rest, "post_lead", fail)

    response = source.post({"phone": "+12125550142"})

    check_error(response, 503, "unavailable")
    assert response.headers["Retry-After"] == "5"


def post_with_another_database(source: Source, **settings: Any) -> Any:
    """The answer of a thread, which opens a connection of its own, by changed settings."""
    with pytest.MonkeyPatch.context() as patch, ThreadPoolExecutor(1) as pool:
        for name, value in settings.items():
            patch.setitem(connections.settings["default"], name, value)

        def post() -> Any:
            try:
                return source.post({"phone": "+12125550142"})
            finally:
                connections.close_all()

        return pool.submit(post).result()


def test_database_that_is_gone_is_told(source: Source) -> None:
    response = post_with_another_database(source, PORT=random_free_port())

    check_error(response, 503, "unavailable")
    assert response.headers["Retry-After"] == "5"


def test_database_without_its_tables_is_told(source: Source) -> None:
    response = post_with_another_database(source, NAME="postgres")

    check_error(response, 503, "unavailable")
    assert response.headers["Retry-After"] == "5"


def test_connection_that_breaks_in_the_middle_is_told(source: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise InterfaceError("the connection is closed")

    monkeypatch.setattr(rest, "post_lead", fail)

    check_error(source.post({"phone": "+12125550142"}), 503, "unavailable")


ENDPOINTS = [
    ("post", LEADS, Scope.LEADS_READ),
    ("post", BATCH, Scope.LEADS_READ),
    ("get", LEADS, Scope.LEADS_WRITE),
    ("get", f"{LEADS}/lead_x", Scope.LEADS_WRITE),
    ("get", f"{LEADS}/lead_x/attempts", Scope.LEADS_WRITE),
]


@pytest.mark.parametrize(("method", "path", "scope"), ENDPOINTS)
def test_key_with_the_other_scope_is_refused(
    tenant: Tenant, at: datetime, method: str, path: str, scope: Scope
) -> None:
    source = make_source(at, scopes=(scope,))

    response = source.get(path) if method == "get" else source.post({"phone": "+12125550142"}, path=path)

    check_error(response, 403, "scope_missing")
    assert Lead.objects.count() == 0


def test_key_without_the_scope_hears_that_before_its_body_is_read(tenant: Tenant, at: datetime) -> None:
    check_error(make_source(at, scopes=(Scope.LEADS_READ,)).post("{"), 403, "scope_missing")


def test_work_of_a_failed_request_is_undone(source: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(rest, "_verdict", fail)

    source.post({"phone": "+12125550142"})

    assert Lead.objects.count() == 0


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
NAMES = st.sampled_from(["phone", "state", "consent", "relationship", "custom", "rank", "dnc", "dry_run", "call_now"])


@settings(max_examples=120)
@given(body=st.dictionaries(NAMES | st.text(), JSON, max_size=5), as_batch=st.booleans())
def test_any_json_gets_an_answer_in_shape(source: Source, body: dict[str, Any], as_batch: bool) -> None:
    response = source.post(json.dumps({"leads": [body]} if as_batch else body), path=BATCH if as_batch else LEADS)

    if response.status_code >= 400:
        assert response.status_code in (422, 429)
        check_error(response, response.status_code, response.json()["error"]["code"])
    else:
        assert response.json()["request_id"] == response.headers["X-Request-Id"]
