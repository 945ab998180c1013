"""The environment of every process: what the caller set, what we generate, what the settings module reads."""

import base64
import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from ops.places import write_private
from ops.ports import HOST
from ops.postgres import Passwords

# What config/settings/base.py reads that names another service or a secret; a throw-away stack must never inherit it.
SERVICE_VARIABLES = frozenset(
    {
        "ALLOWED_HOSTS",
        "CARRIER",
        "CELERY_BROKER_URL",
        "CLOCK_ORIGIN",
        "CLOCK_SPEED",
        "CLOCK_START",
        "DATABASE_OWNER_URL",
        "DATABASE_URL",
        "DB_CONN_MAX_AGE",
        "DB_POOL",
        "DEBUG",
        "DJANGO_SETTINGS_MODULE",
        "EMAIL_URL",
        "FIELD_KEYS",
        "MEDIA_ROOT",
        "PUBLIC_BASE_URL",
        "SECRET_KEY",
        "SECRET_KEY_FALLBACKS",
        "SIMULATOR_URL",
        "SSL_REDIRECT",
        "TWILIO_ACCOUNT_SID",
        "TWILIO_AUTH_TOKEN",
        "TWILIO_EDGE",
        "VALKEY_URL",
    }
)
# PostgreSQL's own variables, and the simulator's.
SERVICE_PREFIXES = ("PG", "SIM_")
# Text in UTF-8 whatever the locale, logs at once, zone rules from the tzdata package only.
PYTHON_SETTINGS = {"PYTHONUTF8": "1", "PYTHONUNBUFFERED": "1", "PYTHONTZPATH": ""}


@dataclass(frozen=True, slots=True)
class Secrets:
    """Generated once for an embedded stack."""

    superuser_password: str
    owner_password: str
    runtime_password: str
    valkey_password: str
    secret_key: str
    field_key: str

    @property
    def passwords(self) -> Passwords:
        """The database's three logins."""
        return Passwords(self.superuser_password, self.owner_password, self.runtime_password)


def generate_secrets() -> Secrets:
    """New random secrets; the passwords need no quoting in a URL."""
    return Secrets(
        superuser_password=secrets.token_hex(16),
        owner_password=secrets.token_hex(16),
        runtime_password=secrets.token_hex(16),
        valkey_password=secrets.token_hex(16),
        secret_key=secrets.token_urlsafe(50),
        field_key=base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
    )


def load_secrets(path: Path) -> Secrets:
    """The secrets stored at `path`, generated and stored (readable by us only) the first time."""
    if not path.exists():
        write_private(path, json.dumps(asdict(generate_secrets()), indent=2))
    return Secrets(**json.loads(path.read_text(encoding="utf-8")))


def caller_environment() -> dict[str, str]:
    """The caller's environment, where an empty service variable counts as not set, and Python's own settings."""
    caller = {name: value for name, value in os.environ.items() if value or name not in SERVICE_VARIABLES}
    return {**caller, **PYTHON_SETTINGS}


def catching_mail(port: int) -> dict[str, str]:
    """What lets the simulator catch e-mails on a port, and the platform send them there."""
    return {"SIM_SMTP_PORT": str(port), "EMAIL_URL": f"smtp://{HOST}:{port}"}


def isolated_environment(caller: Mapping[str, str]) -> dict[str, str]:
    """`caller` without anything that could lead a throw-away stack to a real service or account."""
    harmless = {
        name: value
        for name, value in caller.items()
        if name not in SERVICE_VARIABLES and not name.startswith(SERVICE_PREFIXES)
    }
    return {**harmless, **PYTHON_SETTINGS}
