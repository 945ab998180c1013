import stat
from pathlib import Path
from urllib.parse import quote

import pytest
from cryptography.fernet import Fernet

from ops.environment import SERVICE_VARIABLES, caller_environment, isolated_environment, load_secrets
from tests.ops.contract import settings_variables

HARMLESS = {"CARRIER_CONNECT_TIMEOUT", "CARRIER_READ_TIMEOUT", "DEFAULT_FROM_EMAIL", "LOG_LEVEL", "WEB_THREADS"}


def test_isolated_environment_drops_every_service_and_secret_of_the_caller() -> None:
    caller = dict.fromkeys(SERVICE_VARIABLES | {"PGHOST", "PGPASSWORD", "SIM_FAULTS"}, "real") | {"PATH": "/bin"}

    isolated = isolated_environment(caller)

    assert "real" not in isolated.values()
    assert isolated["PATH"] == "/bin"


def test_service_variables_cover_all_that_the_settings_read() -> None:
    assert settings_variables() - HARMLESS <= SERVICE_VARIABLES


def test_caller_environment_takes_an_empty_service_variable_as_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", "")
    monkeypatch.setenv("EMPTY_OF_OURS_NOT", "")

    environment = caller_environment()

    assert "TWILIO_AUTH_TOKEN" not in environment
    assert environment["EMPTY_OF_OURS_NOT"] == ""


def test_zone_rules_never_come_from_the_system() -> None:
    assert caller_environment()["PYTHONTZPATH"] == ""


def test_secrets_are_made_once_and_private(tmp_path: Path) -> None:
    path = tmp_path / "secrets.json"

    first, second = load_secrets(path), load_secrets(path)

    assert first == second
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_secrets_differ_between_stacks(tmp_path: Path) -> None:
    one, other = load_secrets(tmp_path / "one"), load_secrets(tmp_path / "other")

    assert one.secret_key != other.secret_key
    assert one.field_key != other.field_key


def test_secrets_fit_their_use(tmp_path: Path) -> None:
    secrets = load_secrets(tmp_path / "secrets.json")

    Fernet(secrets.field_key)
    for password in (secrets.owner_password, secrets.runtime_password, secrets.valkey_password):
        assert quote(password, safe="") == password
