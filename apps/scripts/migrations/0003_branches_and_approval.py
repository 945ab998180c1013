import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("scripts", "0002_isolation"),
        ("tenants", "0003_own_settings"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="scriptversion",
            name="call_to_action",
            field=models.TextField(blank=True),
        ),
        migrations.AddField(
            model_name="scriptversion",
            name="decided_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="scriptversion",
            name="decided_by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="scriptversion",
            name="disclosures",
            field=models.JSONField(default=list),
        ),
        migrations.AddField(
            model_name="scriptversion",
            name="kind",
            field=models.CharField(
                choices=[
                    ("CONSULTATIVE", "Consultative: the agent leads the talk"),
                    ("SURVEY", "Survey: one question after the other, as worded"),
                ],
                default="CONSULTATIVE",
                max_length=12,
            ),
        ),
        migrations.AddField(
            model_name="scriptversion",
            name="reason",
            field=models.CharField(blank=True, max_length=500),
        ),
        migrations.AddField(
            model_name="scriptversion",
            name="rebuttals",
            field=models.JSONField(default=list),
        ),
        # What is in use now stays in use: only later versions have to be approved.
        migrations.AddField(
            model_name="scriptversion",
            name="state",
            field=models.CharField(
                choices=[
                    ("DRAFT", "Draft"),
                    ("SUBMITTED", "Waiting for approval"),
                    ("APPROVED", "Approved"),
                    ("RETURNED", "Sent back"),
                ],
                default="APPROVED",
                max_length=9,
            ),
        ),
        migrations.AlterField(
            model_name="scriptversion",
            name="state",
            field=models.CharField(
                choices=[
                    ("DRAFT", "Draft"),
                    ("SUBMITTED", "Waiting for approval"),
                    ("APPROVED", "Approved"),
                    ("RETURNED", "Sent back"),
                ],
                default="DRAFT",
                max_length=9,
            ),
        ),
        migrations.AddField(
            model_name="scriptversion",
            name="submitted_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddConstraint(
            model_name="scriptversion",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "DRAFT")), fields=("tenant", "script"), name="scripts_version_one_draft"
            ),
        ),
    ]
