"""Every test runs as the run-time role: row-level security binds it as it binds production."""

import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import hypothesis
import pytest
from django.conf import settings
from django.core.signals import request_finished, request_started
from django.db import connection
from django.test import override_settings
from pytest_django import DjangoDbBlocker

from apps.leads.services import places
from apps.telephony.gateway import TimeoutAdapter
from apps.tenants.models import Tenant
from apps.tenants.scope import tenant_scope
from config.settings.clock import ClockConfig
from tests import factories

# No example fails because the machine was busy, or in one run of many: they are the same each time. They share the rows
# of their test, and say so where it matters.
hypothesis.settings.register_profile(
    "unhurried",
    deadline=None,
    derandomize=True,
    suppress_health_check=[hypothesis.HealthCheck.too_slow, hypothesis.HealthCheck.function_scoped_fixture],
)
hypothesis.settings.load_profile("unhurried")
WORKER = os.environ.get("PYTEST_XDIST_WORKER", "").removeprefix("gw")
if WORKER:
    # Workers of one run share the server, but no key: the numbers of their rows are the same.
    settings.VALKEY_URL = f"{settings.VALKEY_URL.rpartition('/')[0]}/{2 + int(WORKER)}"
    settings.CACHES["default"]["LOCATION"] = settings.VALKEY_URL


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Migrate as the owner, then take the run-time role for good."""
    with django_db_blocker.unblock():
        with connection.cursor() as cursor:
            # Only for the flush after a transactional test; the product has no such grant.
            cursor.execute("grant truncate on all tables in schema public to app_rt")
            if WORKER:
                # Live updates go to channels named by tenant, which the workers of a run share.
                first = (int(WORKER) + 1) * 1_000_000
                cursor.execute(
                    "select setval(name, greatest(nextval(name), %s))"
                    " from pg_get_serial_sequence('tenants_tenant', 'id') as name",
                    [first],
                )
        connection.close()
        connection.settings_dict["OPTIONS"]["assume_role"] = "app_rt"
    yield
    with django_db_blocker.unblock():
        connection.close()
        connection.settings_dict["OPTIONS"].pop("assume_role")
        with connection.cursor() as cursor:
            # A thread or a killed process of a test may have left its connection; the database could not be dropped.
            cursor.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity"
                " where datname = current_database() and usename = current_user and pid <> pg_backend_pid()"
            )
        connection.close()


@pytest.fixture(autouse=True)
def clock_of_the_tests(at: datetime) -> Iterator[None]:
    """No test depends on the day or the hour at which it is run."""
    with override_settings(CLOCK=ClockConfig(start=at, origin=time.time(), speed=1.0)):
        yield


@pytest.fixture(autouse=True)
def no_places_remembered() -> None:
    """A test that commits has its places deleted afterwards, which never happens in the product."""
    places._committed.clear()


@pytest.fixture(autouse=True)
def no_transaction_over_the_carrier(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Whoever waits for one of our pages or hooks: the carrier is asked in no transaction but those of the test itself."""
    own: list[int] = []
    send = TimeoutAdapter.send

    def began(**_: Any) -> None:
        own.append(len(connection.atomic_blocks))

    def over(**_: Any) -> None:
        own.clear()

    def watched(adapter: TimeoutAdapter, *args: Any, **kwargs: Any) -> Any:
        assert not own or len(connection.atomic_blocks) == own[-1], "A transaction is open while the carrier is asked."
        return send(adapter, *args, **kwargs)

    monkeypatch.setattr(TimeoutAdapter, "send", watched)
    request_started.connect(began)
    request_finished.connect(over)
    yield
    request_started.disconnect(began)
    request_finished.disconnect(over)


@pytest.fixture
def at() -> datetime:
    """Tuesday 2026-06-16 17:00 UTC: 13:00 in New York, 10:00 in Los Angeles; calls are lawful all over the US."""
    return datetime(2026, 6, 16, 17, 0, tzinfo=UTC)


@pytest.fixture
def tenant(db: None) -> Iterator[Tenant]:
    """A tenant, in scope for the whole test."""
    tenant = factories.TenantFactory.create(slug="acme", name="Acme Windows")
    with tenant_scope(tenant.id):
        yield tenant


@pytest.fixture
def other_tenant(db: None) -> Tenant:
    """Another tenant, not in scope."""
    return factories.TenantFactory.create(slug="other", name="Other Windows")
