from django.db import connection

from apps.tenants.checks import check_roles, check_runtime_role


def found(*roles: str) -> list[tuple[str | None, str]]:
    return [(error.id, error.msg) for error in check_roles(roles)]


def test_runtime_role_passes(db: None) -> None:
    assert found("app_rt") == []


def test_owner_of_the_tables_is_refused(db: None) -> None:
    assert found("app_rt", "app_owner") == [("tenants.E003", "The database role app_owner owns tables.")]


def test_superuser_is_refused_on_every_count(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("select rolname from pg_roles where rolsuper limit 1")
        (superuser,) = cursor.fetchone()
    assert [code for code, _ in found(superuser)] == ["tenants.E001", "tenants.E002", "tenants.E003"]


def test_both_login_and_current_role_count(db: None) -> None:
    """The suite logs in as the owner and takes the run-time role."""
    errors = check_runtime_role(None, databases=["default"])
    assert [error.msg for error in errors] == ["The database role app_owner owns tables."]


def test_role_is_not_asked_for_without_a_database() -> None:
    assert check_runtime_role(None) == []
