"""The whole web process in a thread, and Debian's Chromium before it."""

import importlib
import os
import shutil
import socket
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import uvicorn
from django.conf import settings
from django.db import connection
from playwright.sync_api import Page, expect
from pytest_django.fixtures import Settings

from apps.accounts.models import Role
from apps.tenants.models import Tenant
from apps.tenants.scope import tenant_scope
from config.settings.clock import ClockConfig
from tests import factories
from tests.browser.desk import PATIENCE

# Naming the apps lets the flush after each test cascade.
ON_SITE = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True, available_apps=list(settings.INSTALLED_APPS)),
]
PASSWORD = "correct horse battery"
# A made-up microphone that beeps, always allowed, and media that need no network but loopback.
HEADSET = (
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
    "--allow-loopback-in-peer-connection",
)


@pytest.fixture(scope="session", autouse=True)
def database_beside_playwright() -> Iterator[None]:
    """Playwright keeps an event loop in this thread, where Django would refuse every query; only for these tests."""
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    yield
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture(scope="session", autouse=True)
def patience() -> None:
    """Nobody is told that something never comes while it may only be late."""
    expect.set_options(timeout=PATIENCE)


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.fail("These tests need chromium: on Debian, apt install chromium.", pytrace=False)
    return {"executable_path": chromium, "args": ["--no-sandbox", "--disable-dev-shm-usage", *HEADSET]}


@pytest.fixture
def faults(page: Page) -> list[str]:
    """What the browser reports: errors of scripts, and violations of the policy."""
    found: list[str] = []
    page.on("console", lambda message: found.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: found.append(str(error)))
    return found


@pytest.fixture
def clock_at(settings: Settings) -> datetime:
    """A simulated clock that starts on a Tuesday afternoon in New York and runs at real speed."""
    start = datetime(2026, 6, 16, 17, 0, tzinfo=UTC)
    settings.CLOCK = ClockConfig(start=start, origin=time.time(), speed=1.0)
    settings.CARRIER = "simulator"
    return start


@pytest.fixture
def site(transactional_db: None, clock_at: datetime, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of a running web process."""
    monkeypatch.setattr("config.startup.refuse_unsafe_start", lambda: None)
    age = connection.settings_dict["CONN_MAX_AGE"]
    connection.settings_dict["CONN_MAX_AGE"] = 0
    application = importlib.import_module("config.front").application
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(
        uvicorn.Config(application, log_level="warning", lifespan="off", timeout_graceful_shutdown=1)
    )
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.should_exit = True
    thread.join(timeout=10)
    listener.close()
    connection.settings_dict["CONN_MAX_AGE"] = age


@pytest.fixture
def acme(transactional_db: None) -> Tenant:
    """A tenant with a manager, a list of three leads, a script and a caller id."""
    tenant = factories.TenantFactory.create(slug="acme", name="Acme Windows")
    with tenant_scope(tenant.id):
        user = factories.UserFactory.create(email="manager@acme.example", name="Maria Lopez")
        factories.MembershipFactory.create(user=user, role=Role.MANAGER)
        spring = factories.LeadListFactory.create(name="Spring customers")
        factories.LeadFactory.create_batch(3, lead_list=spring)
        factories.ScriptVersionFactory.create(script__name="Renewal")
        factories.CallerIdFactory.create(label="Main")
    return tenant
