from django.db import migrations

from apps.tenants.rls import bind, isolate


class Migration(migrations.Migration):
    dependencies = [("telephony", "0001_initial"), ("tenants", "0002_scope_functions")]

    operations = [
        isolate(
            "telephony_provideraccount",
            "telephony_callerid",
        ),
        bind(
            keys=(
                "telephony_provideraccount",
                "telephony_callerid",
            ),
            links=(("telephony_callerid", "account_id", "telephony_provideraccount"),),
        ),
    ]
