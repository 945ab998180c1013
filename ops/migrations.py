"""Whether the migrations have anything to do, without the two seconds that asking Django takes."""

import hashlib
from pathlib import Path

from ops.places import ROOT, write_private
from ops.postgres import Cluster, PostgresError

# All that decides what the migrated database looks like.
SOURCES = (
    "apps/*/migrations/*.py",
    "apps/tenants/rls.py",
    "config/settings/*.py",
    "ops/sql/*.sql",
    "requirements.txt",
)
APPLIED = "select md5(string_agg(app || '.' || name, ',' order by id)) from django_migrations"


def sources_digest() -> str:
    """A fingerprint of everything that makes the migrated database."""
    digest = hashlib.sha256()
    for path in sorted(path for pattern in SOURCES for path in ROOT.glob(pattern)):
        digest.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def state_of(cluster: Cluster) -> str:
    """The present sources and what the database says has been applied to it."""
    try:
        applied = cluster.query(APPLIED)
    except PostgresError:
        applied = "nothing"
    return f"{sources_digest()} {applied}"


def are_done(cluster: Cluster, note: Path) -> bool:
    """Whether neither the sources nor the database have changed since `note_done`."""
    return note.exists() and note.read_text(encoding="ascii") == state_of(cluster)


def note_done(cluster: Cluster, note: Path) -> None:
    """Note in the file `note` that all migrations have been applied."""
    write_private(note, state_of(cluster))
