from django.db import migrations

from apps.tenants.rls import APP_FUNCTIONS, LEDGER_FUNCTIONS


class Migration(migrations.Migration):
    dependencies = [("tenants", "0001_initial")]

    operations = [
        migrations.RunSQL(APP_FUNCTIONS, "drop function app_tenant; drop function app_user;"),
        migrations.RunSQL(
            LEDGER_FUNCTIONS,
            "drop function refuse_change; drop function link_entry; drop function entry_hash; drop table ledger_head;",
        ),
    ]
