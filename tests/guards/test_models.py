"""Every model and table is isolated per tenant, by Django and by PostgreSQL, or listed here with the reason."""

import pytest
from django.db import connection, models

from apps.tenants.models import TenantModel
from tests.guards.sources import layer_of, own_models, tenant_models

SHARED = {
    "tenants.Tenant": "the tenant itself; no column tells more than its name and settings, pages read only their own",
    "accounts.User": "a person may belong to several tenants; memberships say what they may see",
    "leads.Place": "combinations of zones and jurisdictions, the same for everybody, of no tenant's making",
}
# Unique across tenants. Everything else is unique within one.
GLOBAL_KEYS = {
    "accounts_invitation.token_hash": "hash of 256 random bits",
    "api_apikey.prefix": "random; it finds the tenant of a key that comes without one",
    "telephony_provideraccount.sid": "given by the carrier; an account shared by two tenants would mix their calls",
    "calls_attempt.sid": "given by the carrier to one call",
    "calls_inboundcall.sid": "given by the carrier to one call",
    "calls_recording.sid": "given by the carrier to one recording",
}


def rows(sql: str) -> list[tuple[str, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        found: list[tuple[str, ...]] = cursor.fetchall()
    return found


def tenant_tables() -> set[str]:
    sql = """
        select c.relname from pg_class c join pg_attribute a on a.attrelid = c.oid
        where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and a.attname = 'tenant_id'
    """
    return {table for (table,) in rows(sql)}


@pytest.mark.parametrize("model", own_models(), ids=lambda model: model._meta.label)
def test_model_belongs_to_a_tenant_or_is_listed(model: type[models.Model]) -> None:
    assert issubclass(model, TenantModel) != (model._meta.label in SHARED)


def test_shared_list_is_not_stale() -> None:
    assert set(SHARED) <= {model._meta.label for model in own_models()}


@pytest.mark.parametrize("model", tenant_models(), ids=lambda model: model._meta.label)
def test_model_keeps_the_scoped_manager_and_no_hidden_tables(model: type[TenantModel]) -> None:
    assert model._default_manager.name == "objects"
    assert model._base_manager.name == "unscoped"
    assert model._meta.local_many_to_many == [], "name the table of a many-to-many relation: it needs a tenant"


@pytest.mark.parametrize("model", own_models(), ids=lambda model: model._meta.label)
def test_relations_point_down_the_layers(model: type[models.Model]) -> None:
    layers = layer_of()
    own = model._meta.app_label
    targets = {
        field.related_model._meta.app_label
        for field in model._meta.get_fields()
        if field.many_to_one or (field.one_to_one and field.concrete)
    }
    assert {target for target in targets if target != own and layers[target] >= layers[own]} == set()


def test_tables_of_tenant_models_are_the_tables_with_a_tenant(db: None) -> None:
    assert tenant_tables() == {model._meta.db_table for model in tenant_models()} | {"ledger_head"}


def test_row_level_security_binds_every_tenant_table(db: None) -> None:
    enabled = {table for (table,) in rows("select relname from pg_class where relrowsecurity")}
    assert tenant_tables() - enabled == set()


def test_every_policy_is_the_tenants_own(db: None) -> None:
    policies = {
        (table, name): (command, roles, using, check)
        for table, name, command, roles, using, check in rows(
            "select tablename, policyname, cmd, roles::text, qual, with_check from pg_policies"
        )
    }
    own = "(tenant_id = ( SELECT app_tenant() AS app_tenant))"
    isolated = ("ALL", "{public}", own, own)
    assert {table for table, _ in policies} == tenant_tables() | {"tenants_tenant"}
    exceptions = {
        key: policy
        for key, policy in policies.items()
        if key[0] != "tenants_tenant" and (policy != isolated or key[1] != "tenant_isolation")
    }
    # People read their own memberships of every tenant, and write none of another.
    either = f"({own} OR (user_id = ( SELECT app_user() AS app_user)))"
    assert exceptions == {("accounts_membership", "tenant_isolation"): ("ALL", "{public}", either, own)}


def test_foreign_keys_between_tenant_tables_cannot_leave_the_tenant(db: None) -> None:
    tables = {model._meta.db_table for model in tenant_models()}
    wanted = {
        (model._meta.db_table, field.column, field.related_model._meta.db_table)
        for model in tenant_models()
        for field in model._meta.concrete_fields
        if field.is_relation and field.related_model._meta.db_table in tables
    }
    composite = set(
        rows(
            """
            select c.conrelid::regclass::text, own.attname, c.confrelid::regclass::text
            from pg_constraint c
            join pg_attribute own on own.attrelid = c.conrelid and own.attnum = c.conkey[2]
            join pg_attribute tenant on tenant.attrelid = c.conrelid and tenant.attnum = c.conkey[1]
            join pg_attribute target on target.attrelid = c.confrelid and target.attnum = c.confkey[1]
            join pg_attribute target_id on target_id.attrelid = c.confrelid and target_id.attnum = c.confkey[2]
            where c.contype = 'f' and c.convalidated and cardinality(c.conkey) = 2
              and tenant.attname = 'tenant_id' and target.attname = 'tenant_id' and target_id.attname = 'id'
            """
        )
    )
    assert wanted - composite == set()


def test_unique_keys_hold_within_a_tenant(db: None) -> None:
    unique = rows(
        """
        select i.indrelid::regclass::text, a.attname
        from pg_index i join pg_attribute a on a.attrelid = i.indrelid and a.attnum = i.indkey[0]
        where i.indisunique and not i.indisprimary and not exists (
            select from pg_attribute t where t.attrelid = i.indrelid and t.attnum = any(i.indkey) and t.attname = 'tenant_id')
        """
    )
    # A one-to-one relation to a row of the tenant cannot leave it either (the test above).
    one_to_one = {
        (model._meta.db_table, field.column)
        for model in tenant_models()
        for field in model._meta.concrete_fields
        if field.one_to_one
    }
    found = {
        f"{table}.{column}"
        for table, column in unique
        if table in tenant_tables() and (table, column) not in one_to_one
    }
    assert found == set(GLOBAL_KEYS)


def test_instants_and_days_are_named_as_such() -> None:
    wrong = {
        f"{model._meta.label}.{field.name}"
        for model in own_models()
        for field in model._meta.concrete_fields
        if (
            isinstance(field, models.DateTimeField)
            and not field.name.endswith(("_at", "_since", "_until"))
            and field.name not in {"at", "last_login"}
        )
        or (type(field) is models.DateField and not field.name.endswith("_on"))
    }
    assert wrong == set()
