import django.db.models.deletion
import django.db.models.manager
from django.db import migrations, models

from apps.tenants.rls import bind, isolate


class Migration(migrations.Migration):
    dependencies = [
        ("calls", "0005_answers_are_rows"),
        ("campaigns", "0003_floors_are_replaced"),
        ("tenants", "0003_own_settings"),
    ]

    operations = [
        migrations.CreateModel(
            name="QuotaCell",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("position", models.PositiveSmallIntegerField()),
                ("label", models.CharField(max_length=250)),
                ("conditions", models.JSONField()),
                ("target", models.PositiveIntegerField()),
                ("count", models.PositiveIntegerField(default=0)),
                (
                    "campaign",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="campaigns.campaign",
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
                "indexes": [models.Index(fields=["campaign", "position"], name="calls_quotacell_campaign")],
                "constraints": [
                    models.UniqueConstraint(fields=("tenant", "campaign", "position"), name="calls_quotacell_position")
                ],
            },
            managers=[
                ("objects", django.db.models.manager.Manager()),
                ("unscoped", django.db.models.manager.Manager()),
            ],
        ),
        isolate("calls_quotacell"),
        bind(links=(("calls_quotacell", "campaign_id", "campaigns_campaign"),)),
    ]
