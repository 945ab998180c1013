import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.manager
from django.db import migrations, models

from apps.tenants.rls import bind, isolate


class Migration(migrations.Migration):
    dependencies = [
        ("calls", "0003_abandoned"),
        ("campaigns", "0003_floors_are_replaced"),
        ("leads", "0005_lead_keys"),
        ("scripts", "0003_branches_and_approval"),
        ("tenants", "0003_own_settings"),
    ]

    operations = [
        migrations.AddField(
            model_name="attempt",
            name="script_version",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="scripts.scriptversion",
            ),
        ),
        migrations.CreateModel(
            name="Answer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("position", models.PositiveSmallIntegerField()),
                ("key", models.CharField(max_length=64)),
                ("question", models.TextField(blank=True)),
                ("kind", models.CharField(max_length=12)),
                ("text", models.TextField()),
                (
                    "options",
                    django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), default=list, size=None),
                ),
                ("number", models.DecimalField(decimal_places=10, max_digits=40, null=True)),
                ("chosen_on", models.DateField(null=True)),
                ("chosen_at", models.DateTimeField(null=True)),
                ("is_partial", models.BooleanField(default=False)),
                ("answered_at", models.DateTimeField()),
                (
                    "attempt",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="calls.attempt",
                    ),
                ),
                (
                    "campaign",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="campaigns.campaign",
                    ),
                ),
                (
                    "lead",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="leads.lead"
                    ),
                ),
                (
                    "script_version",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="scripts.scriptversion",
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
                    models.Index(fields=["campaign", "id"], name="calls_answer_campaign"),
                    models.Index(fields=["script_version", "id"], name="calls_answer_script"),
                    models.Index(fields=["lead", "key"], name="calls_answer_lead"),
                ],
                "constraints": [models.UniqueConstraint(fields=("tenant", "attempt", "key"), name="calls_answer_once")],
            },
            managers=[
                ("objects", django.db.models.manager.Manager()),
                ("unscoped", django.db.models.manager.Manager()),
            ],
        ),
        isolate("calls_answer"),
        bind(
            links=(
                ("calls_attempt", "script_version_id", "scripts_scriptversion"),
                ("calls_answer", "attempt_id", "calls_attempt"),
                ("calls_answer", "lead_id", "leads_lead"),
                ("calls_answer", "campaign_id", "campaigns_campaign"),
                ("calls_answer", "script_version_id", "scripts_scriptversion"),
            ),
        ),
    ]
