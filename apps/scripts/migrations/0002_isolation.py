from django.db import migrations

from apps.tenants.rls import bind, isolate


class Migration(migrations.Migration):
    dependencies = [("scripts", "0001_initial"), ("tenants", "0002_scope_functions")]

    operations = [
        isolate(
            "scripts_script",
            "scripts_scriptversion",
        ),
        bind(
            keys=(
                "scripts_script",
                "scripts_scriptversion",
            ),
            links=(("scripts_scriptversion", "script_id", "scripts_script"),),
        ),
    ]
