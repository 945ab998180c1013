"""`make lock`: resolve all dependencies anew into lock files that hold versions and hashes but no address."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from ops.assets import find_npm
from ops.places import ROOT

REQUIREMENTS = ("requirements", "requirements-dev", "requirements-node")
UV_OPTIONS = ("--universal", "--python-version=3.11", "--generate-hashes", "--quiet", "--upgrade")
NO_ADDRESSES = ("--no-emit-index-url", "--no-emit-find-links", "--custom-compile-command=make lock")
NPM_OPTIONS = (
    "--package-lock-only",
    "--ignore-scripts",
    "--omit-lockfile-registry-resolved",
    "--no-audit",
    "--no-fund",
)


def lock_python(name: str) -> None:
    """Write `<name>.txt` from `<name>.in`."""
    uv = [sys.executable, "-m", "uv", "pip", "compile", *UV_OPTIONS, *NO_ADDRESSES]
    subprocess.run([*uv, f"{name}.in", "-o", f"{name}.txt"], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)


def lock_node() -> None:
    """Write package-lock.json from package.json."""
    npm = find_npm()
    if npm is None:
        raise SystemExit("There is no npm: run `make assets` first, which installs it.")
    path = ROOT / "package-lock.json"
    path.unlink(missing_ok=True)
    subprocess.run([*npm.command, "install", *NPM_OPTIONS], cwd=ROOT, env=npm.environment, check=True)
    path.write_text(
        json.dumps(without_addresses(json.loads(path.read_text(encoding="utf-8"))), indent=2) + "\n", encoding="utf-8"
    )


def without_addresses(lock: dict[str, Any]) -> dict[str, Any]:
    """The npm lock less the pages that ask for donations, the last addresses in it."""
    for package in lock["packages"].values():
        package.pop("funding", None)
    return lock


if __name__ == "__main__":
    for requirements in REQUIREMENTS:
        lock_python(requirements)
    lock_node()
