import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.manager
from django.db import migrations, models

from apps.tenants.rls import bind, isolate


class Migration(migrations.Migration):
    dependencies = [
        ("calls", "0009_transfers"),
        ("tenants", "0006_recording_days"),
    ]

    operations = [
        migrations.AddField(
            model_name="attempt",
            name="voice_ms",
            field=models.PositiveIntegerField(null=True),
        ),
        migrations.CreateModel(
            name="Taping",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("OFF", "Not recorded"),
                            ("CONSENT", "Waits for the person's agreement"),
                            ("STARTING", "About to be recorded"),
                            ("ON", "Recorded"),
                            ("PAUSED", "Paused"),
                            ("FAILED", "Could not be recorded"),
                        ],
                        max_length=8,
                    ),
                ),
                (
                    "demands",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=40), default=list, size=None
                    ),
                ),
                ("sentence", models.TextField(blank=True)),
                ("agreed_at", models.DateTimeField(null=True)),
                ("declined_at", models.DateTimeField(null=True)),
                ("is_paused_by_agent", models.BooleanField(default=False)),
                ("is_field_open", models.BooleanField(default=False)),
                ("sid", models.CharField(blank=True, max_length=34)),
                ("asked_at", models.DateTimeField(null=True)),
                ("claimed_until", models.DateTimeField(null=True)),
                ("problem", models.CharField(blank=True, max_length=300)),
                ("changed_at", models.DateTimeField()),
                (
                    "attempt",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="taping", to="calls.attempt"
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
                    models.Index(
                        condition=models.Q(("state__in", ["STARTING", "ON", "PAUSED"])),
                        fields=["tenant", "changed_at"],
                        name="calls_taping_live",
                    )
                ],
            },
            managers=[
                ("objects", django.db.models.manager.Manager()),
                ("unscoped", django.db.models.manager.Manager()),
            ],
        ),
        isolate("calls_taping"),
        bind(links=(("calls_taping", "attempt_id", "calls_attempt"),)),
    ]
