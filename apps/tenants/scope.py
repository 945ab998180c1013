"""Tenant scope: one context manager drives the scoped managers and PostgreSQL's row-level security."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.db import connection, transaction

from apps.core.errors import AppError

_current: ContextVar[int | None] = ContextVar("tenant_id", default=None)


class NoTenantScopeError(AppError):
    """A tenant's data was touched outside `tenant_scope`."""

    code = "no_tenant_scope"


def get_tenant_id() -> int:
    """The id of the tenant in scope.

    Raises NoTenantScopeError outside a scope.
    """
    tenant_id = _current.get()
    if tenant_id is None:
        raise NoTenantScopeError("No tenant is in scope: wrap the work in tenant_scope(tenant_id).")
    return tenant_id


def _set_config(name: str, value: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("select set_config(%s, %s, true)", [name, value])


@contextmanager
def tenant_scope(tenant_id: int) -> Iterator[None]:
    """Open a transaction in which only this tenant's rows can be seen or written.

    Keep it short and never hold it over a call to the carrier. Scopes nest; the outer one is restored.
    """
    outer = _current.get()
    token = _current.set(tenant_id)
    is_nested = connection.in_atomic_block
    try:
        with transaction.atomic():
            _set_config("app.tenant_id", str(tenant_id))
            yield
            # SET LOCAL outlives a released savepoint, so give the outer scope its value back; a rollback does it itself.
            if is_nested and not connection.needs_rollback:
                _set_config("app.tenant_id", str(outer or ""))
    finally:
        _current.reset(token)


@contextmanager
def user_scope(user_id: int) -> Iterator[None]:
    """Open a transaction in which a person's own memberships can be read across tenants."""
    with transaction.atomic():
        _set_config("app.user_id", str(user_id))
        yield
        _set_config("app.user_id", "")
