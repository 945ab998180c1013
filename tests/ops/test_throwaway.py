import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import redis

from ops import migrations
from ops.throwaway import Services, delete_leftovers, run_attached, temporary_folder, throwaway_services


@pytest.fixture(scope="module")
def services() -> Iterator[Services]:
    """Services of our own, below a path with a space."""
    with temporary_folder() as folder, throwaway_services(folder / "run 1") as services:
        with psycopg.connect(services.environment["DATABASE_OWNER_URL"]) as owner:
            owner.execute("create table lead (id bigint generated always as identity primary key, name text)")
        yield services


@pytest.fixture
def runtime(services: Services) -> Iterator[psycopg.Connection]:
    """A connection as the platform's own role."""
    with psycopg.connect(services.environment["DATABASE_URL"], autocommit=True) as connection:
        yield connection


def test_runtime_role_is_bound_by_row_level_security(runtime: psycopg.Connection) -> None:
    role = runtime.execute(
        "select rolname, rolsuper, rolbypassrls, rolcreatedb, rolcreaterole from pg_roles where rolname = current_user"
    ).fetchone()

    assert role == ("app_rt", False, False, False, False)


def test_runtime_role_works_with_rows_of_the_owners_tables(runtime: psycopg.Connection) -> None:
    runtime.execute("insert into lead (name) values ('Ann')")
    runtime.execute("update lead set name = 'Bea'")

    assert runtime.execute("delete from lead returning name").fetchall() == [("Bea",)]


def test_runtime_role_can_make_temporary_tables(runtime: psycopg.Connection) -> None:
    runtime.execute("create temporary table staging (row text)")

    assert runtime.execute("select count(*) from staging").fetchone() == (0,)


@pytest.mark.parametrize(
    "statement", ["truncate lead", "drop table lead", "alter table lead add x int", "create table x ()"]
)
def test_runtime_role_cannot_change_tables(runtime: psycopg.Connection, statement: str) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        runtime.execute(statement)


def test_database_sorts_and_lowers_text_without_the_machines_locale(runtime: psycopg.Connection) -> None:
    assert runtime.execute("select lower('ÀИЖ'), 'Z' < 'a'").fetchone() == ("àиж", True)


def test_valkey_asks_for_its_password(services: Services) -> None:
    with socket.create_connection(("127.0.0.1", services.valkey.port), timeout=5) as connection:
        connection.sendall(b"PING\r\n")

        assert connection.recv(64).startswith(b"-NOAUTH")


def test_valkey_keeps_broker_and_cache_apart(services: Services) -> None:
    cache = redis.Redis.from_url(services.environment["VALKEY_URL"])
    broker = redis.Redis.from_url(services.environment["CELERY_BROKER_URL"])

    cache.set("key", "value")

    assert broker.get("key") is None
    cache.close()
    broker.close()


def test_environment_leads_to_nothing_of_the_callers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", "real")
    monkeypatch.setenv("DATABASE_URL", "postgresql://real.example.com/real")

    with throwaway_services() as services:
        values = list(services.environment.values())

    assert not any("real" in value for value in values)


def test_nothing_is_left_at_the_end() -> None:
    with throwaway_services() as services:
        folder, ports = services.folder, (services.cluster.port, services.valkey.port)

    assert not folder.exists()
    for port in ports:
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port), timeout=5)


def test_leftovers_of_killed_runs_are_deleted_and_those_of_others_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    ended = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, check=True)
    for name in (f"fairdial-{int(ended.stdout)}-x", f"fairdial-{os.getpid()}-x", "fairdial-notes-x"):
        tmp_path.joinpath(name).mkdir()

    delete_leftovers()

    assert {folder.name for folder in tmp_path.iterdir()} == {f"fairdial-{os.getpid()}-x", "fairdial-notes-x"}


def test_kept_folder_still_has_its_data_in_the_next_run(services: Services) -> None:
    folder = services.folder.parent / "kept"
    with throwaway_services(folder) as first, psycopg.connect(first.environment["DATABASE_OWNER_URL"]) as owner:
        owner.execute("create table kept (id int)")

    with throwaway_services(folder) as second, psycopg.connect(second.environment["DATABASE_URL"]) as runtime:
        found = runtime.execute("select count(*) from kept").fetchone()

    assert found == (0,)


def test_run_attached_returns_the_exit_code() -> None:
    assert run_attached(["sh", "-c", "exit $CODE"], {"CODE": "7", "PATH": os.environ["PATH"]}) == 7


def test_migrations_are_done_until_sources_or_database_change(
    services: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    note = tmp_path / "migrated"
    with psycopg.connect(services.environment["DATABASE_OWNER_URL"], autocommit=True) as owner:
        owner.execute("create table if not exists django_migrations (id serial, app text, name text)")
        owner.execute("insert into django_migrations (app, name) values ('leads', '0001_initial')")
        unknown = migrations.are_done(services.cluster, note)
        migrations.note_done(services.cluster, note)
        known = migrations.are_done(services.cluster, note)
        owner.execute("delete from django_migrations")
        restored = migrations.are_done(services.cluster, note)
        owner.execute("insert into django_migrations (app, name) values ('leads', '0001_initial')")
    monkeypatch.setattr(migrations, "sources_digest", lambda: "changed")

    assert (unknown, known, restored, migrations.are_done(services.cluster, note)) == (False, True, False, False)
