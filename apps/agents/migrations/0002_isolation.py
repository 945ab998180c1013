from django.db import migrations

from apps.tenants.rls import bind, isolate


class Migration(migrations.Migration):
    dependencies = [
        ("agents", "0001_initial"),
        ("tenants", "0002_scope_functions"),
        ("calls", "0002_isolation"),
        ("campaigns", "0002_isolation"),
    ]

    operations = [
        isolate("agents_agentsession"),
        bind(
            links=(
                ("agents_agentsession", "campaign_id", "campaigns_campaign"),
                ("agents_agentsession", "attempt_id", "calls_attempt"),
                ("agents_agentsession", "preview_lead_id", "campaigns_campaignlead"),
            ),
        ),
    ]
