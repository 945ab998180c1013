"""Runs pytest on throw-away PostgreSQL and Valkey: `ops/testrun.py [--keep] [pytest arguments]`.

Runs may go on side by side. `--keep` leaves the migrated test database for the next run with `--keep`, which then
starts in about a second; it is built anew when a migration changes.
"""

import fcntl
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from ops.migrations import sources_digest
from ops.places import passable, remove_tree, service_account, state_dir
from ops.throwaway import TEST_GRANT, Services, run_attached, throwaway_services

SLOTS = 16


class NoFreeSlotError(RuntimeError):
    """Too many test runs with --keep at once."""


@contextmanager
def kept_folder() -> Iterator[Path]:
    """The folder of a kept cluster that no other run uses now, emptied when the migrations have changed."""
    base = passable(state_dir(service_account()) / "tests")
    for number in range(SLOTS):
        folder = passable(base / str(number))
        with (base / f"{number}.lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            stamp = folder / "migrations"
            digest = sources_digest()
            if not stamp.exists() or stamp.read_text(encoding="ascii") != digest:
                remove_tree(folder)
                passable(folder)
                stamp.write_text(digest, encoding="ascii")
            yield folder
            return
    raise NoFreeSlotError(f"{SLOTS} test runs with --keep are under way; run without it.")


def run_pytest(services: Services, arguments: list[str]) -> int:
    """Run pytest with the owner's login, which may create test databases, and return its exit code."""
    services.cluster.psql("-c", TEST_GRANT)
    environment = {
        **services.environment,
        "DATABASE_URL": services.cluster.owner_url,
        "DJANGO_SETTINGS_MODULE": "config.settings.test",
    }
    return run_attached([sys.executable, "-m", "pytest", *arguments], environment)


def main(arguments: list[str]) -> int:
    """Run pytest with `arguments` less our own option, and return its exit code."""
    if "--keep" not in arguments:
        with throwaway_services() as services:
            return run_pytest(services, arguments)
    arguments.remove("--keep")
    with kept_folder() as folder, throwaway_services(folder) as services:
        return run_pytest(services, ["--reuse-db", *arguments])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
