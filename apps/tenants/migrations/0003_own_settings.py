from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("tenants", "0002_scope_functions")]

    operations = [
        # A slug must lead to its tenant before there is a scope, so all may read; only its own scope may change it.
        migrations.RunSQL(
            "alter table tenants_tenant enable row level security;"
            "create policy anyone_reads on tenants_tenant for select using (true);"
            "create policy anyone_founds on tenants_tenant for insert with check (true);"
            "create policy own_changes on tenants_tenant for update using (id = (select app_tenant()));",
            "drop policy anyone_reads on tenants_tenant; drop policy anyone_founds on tenants_tenant;"
            "drop policy own_changes on tenants_tenant; alter table tenants_tenant disable row level security;",
        )
    ]
