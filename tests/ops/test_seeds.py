from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ops import seeds

AT = datetime(2026, 6, 16, 17, 0, tzinfo=UTC)


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[datetime]:
    """When each seed was made for; the seeds hold nothing but how many there were before."""
    instants: list[datetime] = []

    def make(folder: Path, *, at: datetime) -> str:
        folder.mkdir()
        (folder / "before").write_text(str(len(instants)))
        instants.append(at)
        return '{"tenants": []}'

    monkeypatch.setattr(seeds, "make_seed", make)
    monkeypatch.setattr(seeds, "state_dir", lambda _: tmp_path)
    return instants


def plant(folder: Path, at: datetime = AT) -> str:
    folder.mkdir()
    assert seeds.plant(folder, at=at) == {"tenants": []}
    return (folder / "before").read_text()


def test_seed_is_made_once_and_copied(made: list[datetime], tmp_path: Path) -> None:
    first, second = plant(tmp_path / "first"), plant(tmp_path / "second")

    assert (first, second, made) == ("0", "0", [AT])


def test_seed_is_made_anew_for_another_instant_or_other_sources(
    made: list[datetime], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plant(tmp_path / "first")
    later = plant(tmp_path / "later", AT + timedelta(days=1))
    monkeypatch.setattr(seeds, "sources_digest", lambda: "changed")

    assert (later, plant(tmp_path / "changed", AT + timedelta(days=1))) == ("1", "2")


def test_seed_that_could_not_be_made_is_tried_again(
    made: list[datetime], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(folder: Path, *, at: datetime) -> str:
        folder.mkdir()
        raise OSError("no room")

    with monkeypatch.context() as full:
        full.setattr(seeds, "make_seed", fail)
        with pytest.raises(OSError, match="no room"):
            plant(tmp_path / "first")

    assert plant(tmp_path / "second") == "0"
