import django.contrib.postgres.indexes
import django.db.models.deletion
import django.db.models.manager
from django.db import migrations, models

from apps.tenants.rls import bind, isolate


class Migration(migrations.Migration):
    dependencies = [("audit", "0002_isolation"), ("tenants", "0002_scope_functions")]

    operations = [
        migrations.CreateModel(
            name="PersonalValue",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(max_length=40)),
                ("value", models.TextField()),
                ("salt", models.CharField(max_length=32)),
                (
                    "entry",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="personal_values",
                        to="audit.auditentry",
                    ),
                ),
                (
                    "tenant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="tenants.tenant"
                    ),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "unscoped",
                "default_manager_name": "objects",
                "indexes": [
                    django.contrib.postgres.indexes.HashIndex(fields=["value"], name="audit_personalvalue_value")
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("tenant", "entry", "key"), name="audit_personalvalue_once")
                ],
            },
            managers=[
                ("objects", django.db.models.manager.Manager()),
                ("unscoped", django.db.models.manager.Manager()),
            ],
        ),
        isolate("audit_personalvalue"),
        bind(keys=("audit_auditentry",), links=(("audit_personalvalue", "entry_id", "audit_auditentry"),)),
        migrations.RunSQL(
            "create trigger unchanging before update on audit_personalvalue for each row execute function refuse_change();",
            "drop trigger unchanging on audit_personalvalue;",
        ),
    ]
