import json
import re
from pathlib import Path

import pytest

from ops import assets
from ops.lock import without_addresses
from tests.ops.contract import ROOT


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout with sources, installed packages and an npm that fails."""
    static = tmp_path / "static"
    monkeypatch.setattr(assets, "ROOT", tmp_path)
    monkeypatch.setattr(assets, "__file__", str(tmp_path / "assets.py"))
    monkeypatch.setattr(assets, "STATIC", static)
    monkeypatch.setattr(assets, "BUILT", static / "dist")
    monkeypatch.setattr(assets, "BUNDLED", static / "dist" / ".built")
    monkeypatch.setattr(assets, "PACKAGES", tmp_path / "node_modules")
    monkeypatch.setattr(assets, "INSTALLED", tmp_path / "node_modules" / ".installed")
    monkeypatch.setattr(assets, "find_npm", lambda: assets.Npm(["false"], "false", {"PATH": "/bin:/usr/bin"}))
    for folder in ("static/js", "static/css", "static/dist", "node_modules"):
        (tmp_path / folder).mkdir(parents=True)
    for file in ("assets.py", "package-lock.json", "static/js/app.js", "static/css/app.css", "static/dist/app.js"):
        (tmp_path / file).write_text("old")
    return tmp_path


def test_failed_build_warns_and_leaves_no_outdated_bundle(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assets.main([])

    assert not (checkout / "static" / "dist").exists()
    assert capsys.readouterr().err.startswith("Warning: scripts and styles were not bundled")


def test_nothing_is_done_while_sources_and_packages_are_unchanged(checkout: Path) -> None:
    assets.INSTALLED.write_text(assets.packages_stamp(with_test_packages=False))
    assets.BUNDLED.write_text(assets.bundle_stamp())

    assets.main([])

    assert (checkout / "static" / "dist" / "app.js").read_text() == "old"


@pytest.mark.parametrize("changed", ["static/js/app.js", "static/css/app.css", "package-lock.json"])
def test_bundle_is_outdated_when_a_source_changes(checkout: Path, changed: str) -> None:
    before = assets.bundle_stamp()

    (checkout / changed).write_text("new")

    assert assets.bundle_stamp() != before


def test_packages_for_tests_serve_a_run_too_but_not_the_other_way(checkout: Path) -> None:
    run, test = (assets.packages_stamp(with_test_packages=choice) for choice in (False, True))

    assets.INSTALLED.write_text(test)
    both = assets.is_stamped(assets.INSTALLED, run)
    assets.INSTALLED.write_text(run)

    assert (both, assets.is_stamped(assets.INSTALLED, test)) == (True, False)


def test_every_entry_point_exists() -> None:
    assert [entry for entry in assets.ENTRY_POINTS if not (ROOT / "static" / entry).exists()] == []


def test_node_lock_names_no_host_and_pins_every_package() -> None:
    text = (ROOT / "package-lock.json").read_text(encoding="utf-8")
    packages = json.loads(text)["packages"]

    assert "://" not in text
    assert [name for name, package in packages.items() if name and "integrity" not in package] == []


def test_node_packages_are_exact_versions() -> None:
    package = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))
    versions = [*package["dependencies"].values(), *package["devDependencies"].values()]

    assert [version for version in versions if not version[0].isdigit()] == []


@pytest.mark.parametrize("name", ["requirements", "requirements-dev", "requirements-node"])
def test_python_lock_names_no_host_and_hashes_every_package(name: str) -> None:
    text = (ROOT / f"{name}.txt").read_text(encoding="utf-8")
    packages = re.split(r"^(?=[a-z0-9])", text, flags=re.MULTILINE)[1:]

    assert "://" not in text
    assert [package for package in packages if not re.match(r"[\w.\[\],-]+==\S+ (; .+)?\\\n    --hash=", package)] == []


def test_without_addresses_drops_donation_pages_only() -> None:
    lock = {"packages": {"node_modules/x": {"version": "1.0.0", "funding": {"url": "https://example.com"}}}}

    assert without_addresses(lock) == {"packages": {"node_modules/x": {"version": "1.0.0"}}}
