"""Row-level security binds a role only if it neither owns the tables nor may bypass their policies."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage, Error
from django.db import connection

# The login role counts too: SET ROLE is undone by anyone who can run one statement.
FIND_FAULTS = """
select rolname, rolsuper, rolbypassrls, exists (
    select from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')
    and pg_has_role(rolname, relowner, 'member'))
from pg_roles where rolname = any(%s) order by rolname
"""
HINT = "Set DATABASE_URL to a role made as ops/sql/roles.sql makes app_rt; migrations run as the owner."


def check_runtime_role(
    app_configs: Sequence[AppConfig] | None,
    databases: Sequence[str] | None = None,
    **_: Any,  # noqa: ANN401 - Django's own
) -> list[CheckMessage]:
    """The platform's database role is no superuser, may not bypass row-level security, and owns no table."""
    if not databases:
        return []
    with connection.cursor() as cursor:
        cursor.execute("select array[session_user, current_user]::text[]")
        (roles,) = cursor.fetchone()
    return check_roles(roles)


def check_roles(roles: Sequence[str]) -> list[CheckMessage]:
    """What is wrong with each of these database roles."""
    with connection.cursor() as cursor:
        cursor.execute(FIND_FAULTS, [list(roles)])
        found = cursor.fetchall()
    faults = [
        (role, fault, number)
        for role, *flags in found
        for number, (is_faulty, fault) in enumerate(
            zip(flags, ("is a superuser", "may bypass row-level security", "owns tables"), strict=True), start=1
        )
        if is_faulty
    ]
    return [Error(f"The database role {role} {fault}.", hint=HINT, id=f"tenants.E00{n}") for role, fault, n in faults]
