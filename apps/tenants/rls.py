"""Row-level security and tenant-safe foreign keys, as migration operations."""

from django.db import migrations

POLICY = """
alter table {table} enable row level security;
create policy tenant_isolation on {table}
    using (tenant_id = (select app_tenant())) with check (tenant_id = (select app_tenant()));
"""

APP_FUNCTIONS = """
create function app_tenant() returns bigint language sql stable parallel safe
    as $$ select nullif(current_setting('app.tenant_id', true), '')::bigint $$;
create function app_user() returns bigint language sql stable parallel safe
    as $$ select nullif(current_setting('app.user_id', true), '')::bigint $$;
"""

# A ledger's rows are linked per tenant: each carries the hash of the one before. The text that is hashed is the row as
# JSON in UTC without nulls, so that neither a session's time zone nor a column added later changes it.
LEDGER_FUNCTIONS = """
create function refuse_change() returns trigger language plpgsql as $$
begin
    raise exception '% is append-only', tg_table_name using errcode = 'restrict_violation';
end $$;
create table ledger_head (
    tenant_id bigint not null references tenants_tenant (id), ledger text not null, hash bytea not null,
    primary key (tenant_id, ledger)
);
alter table ledger_head enable row level security;
create policy tenant_isolation on ledger_head
    using (tenant_id = (select app_tenant())) with check (tenant_id = (select app_tenant()));
create function entry_hash(previous bytea, entry jsonb) returns bytea language sql immutable
    as $$ select sha256(coalesce(previous, '') || convert_to(jsonb_strip_nulls(entry - 'hash' - 'previous_hash')::text, 'UTF8')) $$;
create function link_entry() returns trigger language plpgsql set timezone = 'UTC' as $$
begin
    insert into ledger_head values (new.tenant_id, tg_table_name, '')
        on conflict (tenant_id, ledger) do update set hash = ledger_head.hash
        returning nullif(hash, '') into new.previous_hash;
    new.hash := entry_hash(new.previous_hash, to_jsonb(new));
    update ledger_head set hash = new.hash where tenant_id = new.tenant_id and ledger = tg_table_name;
    return new;
end $$;
"""


def isolate(*tables: str) -> migrations.RunSQL:
    """Let each table show and take only rows of the tenant in scope."""
    return migrations.RunSQL(
        "".join(POLICY.format(table=table) for table in tables),
        "".join(
            f"drop policy tenant_isolation on {table}; alter table {table} disable row level security;"
            for table in tables
        ),
    )


def tenant_key(table: str) -> str:
    """SQL for the unique key that composite foreign keys point at."""
    return f"alter table {table} add constraint {table}_tenant_key unique (tenant_id, id);"


def tenant_fk(table: str, column: str, parent: str) -> str:
    """SQL for a foreign key that cannot leave the tenant; PostgreSQL's plain ones ignore row-level security."""
    return (
        f"alter table {table} add constraint {table}_{column}_tenant_fk "
        f"foreign key (tenant_id, {column}) references {parent} (tenant_id, id) deferrable initially deferred;"
    )


def bind(*, keys: tuple[str, ...] = (), links: tuple[tuple[str, str, str], ...] = ()) -> migrations.RunSQL:
    """Add `tenant_key` to each of `keys` and `tenant_fk` for each (table, column, parent) of `links`."""
    forward = "".join(tenant_key(table) for table in keys) + "".join(tenant_fk(*link) for link in links)
    back = "".join(f"alter table {t} drop constraint {t}_{c}_tenant_fk;" for t, c, _ in links) + "".join(
        f"alter table {table} drop constraint {table}_tenant_key;" for table in keys
    )
    return migrations.RunSQL(forward, back)


def keep_ledger(table: str) -> migrations.RunSQL:
    """Make a table a ledger: refuse every update and delete, and link each new row to the tenant's one before."""
    return migrations.RunSQL(
        f"create trigger append_only before update or delete on {table} "
        f"for each row execute function refuse_change();"
        f"create trigger link_entry before insert on {table} for each row execute function link_entry();",
        f"drop trigger append_only on {table}; drop trigger link_entry on {table};",
    )
