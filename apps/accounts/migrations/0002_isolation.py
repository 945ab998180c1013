from django.db import migrations

from apps.tenants.rls import isolate


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial"), ("tenants", "0002_scope_functions")]

    operations = [
        isolate("accounts_invitation"),
        migrations.RunSQL(
            "alter table accounts_membership enable row level security;"
            "create policy tenant_isolation on accounts_membership"
            " using (tenant_id = (select app_tenant()) or user_id = (select app_user()))"
            " with check (tenant_id = (select app_tenant()));",
            "drop policy tenant_isolation on accounts_membership;"
            "alter table accounts_membership disable row level security;",
        ),
    ]
