"""The project's own code and models, as guard tests walk them."""

import ast
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from django.apps import apps
from django.db import models

from apps.tenants.models import TenantModel

ROOT = Path(__file__).resolve().parents[2]


@cache
def app_sources() -> dict[str, ast.Module]:
    """Every module of apps/ and config/ but migrations, by its path in the project."""
    paths = [path for folder in ("apps", "config") for path in (ROOT / folder).rglob("*.py")]
    return {
        str(path.relative_to(ROOT)): ast.parse(path.read_text(encoding="utf-8"))
        for path in sorted(paths)
        if "migrations" not in path.parts
    }


def calls() -> Iterator[tuple[str, ast.Call]]:
    """Every call in the sources, with a place such as `apps/x/y.py:12`."""
    for path, tree in app_sources().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                yield f"{path}:{node.lineno}", node


def own_models() -> list[type[models.Model]]:
    """Every concrete model of apps/."""
    return [model for model in apps.get_models() if model.__module__.startswith("apps.")]


def tenant_models() -> list[type[TenantModel]]:
    return [model for model in own_models() if issubclass(model, TenantModel)]


def layer_of() -> dict[str, int]:
    """The row of each app in the import layers of pyproject.toml; 0 is the lowest."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    (layers,) = [contract["layers"] for contract in contracts if contract.get("containers") == ["apps"]]
    return {app.strip(): row for row, names in enumerate(reversed(layers)) for app in names.split("|")}
