import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from ops.places import Account, is_reachable, state_dir, write_private
from ops.throwaway import temporary_folder

NOBODY = Account("nobody", 65534, 65534)


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every account can reach; pytest's own are private."""
    with temporary_folder() as folder:
        folder.chmod(0o755)
        yield folder


def test_state_dir_of_an_ordinary_user_is_in_the_checkout(tmp_path: Path) -> None:
    assert state_dir(None, root=tmp_path) == tmp_path / ".run"


def test_state_dir_of_root_is_in_a_checkout_that_the_database_account_can_reach(open_folder: Path) -> None:
    assert state_dir(NOBODY, root=open_folder) == open_folder / ".run"


def test_state_dir_of_root_leaves_a_private_checkout(open_folder: Path) -> None:
    checkout = open_folder / "private" / "check out"
    checkout.mkdir(parents=True)
    checkout.parent.chmod(0o700)
    shared = open_folder / "lib"

    chosen = state_dir(NOBODY, root=checkout, shared=shared)

    assert chosen.parent == shared
    assert chosen.name.startswith("fairdial-")
    assert chosen == state_dir(NOBODY, root=checkout, shared=shared)


def test_state_dir_differs_between_private_checkouts(open_folder: Path) -> None:
    open_folder.joinpath("private").mkdir(mode=0o700)
    checkouts = [open_folder / "private" / name for name in ("one", "two")]
    for checkout in checkouts:
        checkout.mkdir()

    first, second = (state_dir(NOBODY, root=checkout, shared=open_folder / "lib") for checkout in checkouts)

    assert first != second


def test_state_dir_may_be_passed_but_not_listed_by_others(tmp_path: Path) -> None:
    assert stat.S_IMODE(state_dir(None, root=tmp_path).stat().st_mode) == 0o711


def test_is_reachable_says_no_below_a_private_folder(open_folder: Path) -> None:
    folder = open_folder / "outer" / "inner"
    folder.mkdir(parents=True, mode=0o755)
    before = is_reachable(folder)

    folder.parent.chmod(0o700)

    assert (before, is_reachable(folder)) == (True, False)


def test_write_private_replaces_a_readable_file_by_a_private_one(tmp_path: Path) -> None:
    path = tmp_path / "secrets.json"
    path.write_text("old")
    path.chmod(0o644)

    write_private(path, "new")

    assert path.read_text() == "new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]
