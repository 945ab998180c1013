"""Processes that serve or work refuse to start unsafely, and say every reason."""

import os
import subprocess
import sys
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.db import connection
from pytest_django import Settings

from apps.compliance import checks as compliance_checks
from apps.compliance.rulebook import Problem
from apps.core.checks import check_secrets

GOOD_KEY = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="


def start(code: str, **changes: str) -> subprocess.CompletedProcess[str]:
    """Run `code` in a new process on the test database."""
    parts = urlsplit(os.environ["DATABASE_URL"])
    environment = {
        **os.environ,
        "DATABASE_URL": urlunsplit(parts._replace(path=f"/{connection.settings_dict['NAME']}")),
        "DJANGO_SETTINGS_MODULE": "config.settings.base",
        "SECRET_KEY": "a" * 50,
        "FIELD_KEYS": GOOD_KEY,
        **changes,
    }
    return subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)


def test_web_process_refuses_the_owners_login_and_missing_secrets(db: None) -> None:
    ended = start("import config.front", SECRET_KEY="")
    assert ended.returncode != 0
    assert "Refusing to start" in ended.stderr
    assert "- SECRET_KEY is not set." in ended.stderr
    assert "- The database role app_owner owns tables. Set DATABASE_URL" in ended.stderr


@pytest.mark.parametrize("signal", ["worker_init", "beat_init"])
def test_worker_and_beat_refuse_the_owners_login(db: None, signal: str) -> None:
    ended = start(f"import config; from celery import signals; signals.{signal}.send(sender=None); print('started')")
    assert (ended.returncode, ended.stdout) == (1, "")
    assert "The database role app_owner owns tables." in ended.stderr


def test_secrets_pass(settings: Settings) -> None:
    settings.OFFLINE, settings.FIELD_KEYS = False, [GOOD_KEY]
    assert check_secrets(None) == []


@pytest.mark.parametrize(
    ("offline", "keys", "error_id"),
    [
        (True, [GOOD_KEY], "core.E001"),
        (False, [], "core.E002"),
        (False, [GOOD_KEY, "short"], "core.E003"),
    ],
)
def test_missing_or_wrong_secrets_are_refused(
    settings: Settings, offline: bool, keys: list[str], error_id: str
) -> None:
    settings.OFFLINE, settings.FIELD_KEYS = offline, keys
    assert [error.id for error in check_secrets(None)] == [error_id]


def test_faulty_rulebook_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = Problem("caps.csv", 3, "hours", "x", "write a number")
    monkeypatch.setattr(compliance_checks, "validate_rulebook", lambda: (problem,))
    assert [error.msg for error in compliance_checks.check_rulebook(None)] == [f"Rulebook: {problem}"]


def test_old_zone_data_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compliance_checks, "check_tzdata", lambda: "The time zone data is out of date")
    assert [error.msg for error in compliance_checks.check_zone_data(None)] == ["The time zone data is out of date"]


def test_law_and_zone_data_of_the_project_pass() -> None:
    assert compliance_checks.check_rulebook(None) == []
    assert compliance_checks.check_zone_data(None) == []
