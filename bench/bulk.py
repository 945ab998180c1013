"""Millions of made-up rows: written by the owner of the tables, whom row-level security does not bind."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, LiteralString

import psycopg


@contextmanager
def owner_connection() -> Iterator[psycopg.Connection]:
    """The owner's own connection, each statement a transaction."""
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"], autocommit=True) as connection:
        yield connection


@contextmanager
def filled(owner: psycopg.Connection, table: str, fill: LiteralString, values: Mapping[str, Any]) -> Iterator[None]:
    """Fill `table` by the statement `fill`, with its foreign keys lifted: its rows need no leads; empty at the end."""
    found = owner.execute(
        "select conname, pg_get_constraintdef(oid) from pg_constraint where contype = 'f' and conrelid = %s::regclass",
        [table],
    ).fetchall()
    for name, _ in found:
        owner.execute(f"alter table {table} drop constraint {name}".encode())
    try:
        owner.execute(fill, values)
        owner.execute(f"vacuum analyze {table}".encode())
        yield
    finally:
        owner.execute(f"truncate {table} cascade".encode())
        for name, definition in found:
            owner.execute(f"alter table {table} add constraint {name} {definition}".encode())
