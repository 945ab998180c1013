"""The law's data is whole and the zone data current, or no process starts."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage, Error

from apps.compliance.rulebook import check_tzdata, validate_rulebook


def check_rulebook(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:  # noqa: ANN401 - Django's own
    """Every row of the rulebook can be read and nothing is missing."""
    return [Error(f"Rulebook: {problem}", id="compliance.E001") for problem in validate_rulebook()]


def check_zone_data(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:  # noqa: ANN401 - Django's own
    """Local times come out right."""
    fault = check_tzdata()
    return [Error(fault, id="compliance.E002")] if fault else []
