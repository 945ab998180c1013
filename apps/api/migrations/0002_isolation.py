from django.db import migrations

from apps.tenants.rls import bind, isolate


class Migration(migrations.Migration):
    dependencies = [
        ("api", "0001_initial"),
        ("tenants", "0002_scope_functions"),
        ("campaigns", "0002_isolation"),
        ("leads", "0002_isolation"),
    ]

    operations = [
        isolate(
            "api_apikey",
            "api_idempotentresponse",
        ),
        bind(
            keys=("api_apikey",),
            links=(
                ("api_apikey", "lead_list_id", "leads_leadlist"),
                ("api_apikey", "campaign_id", "campaigns_campaign"),
                ("api_idempotentresponse", "api_key_id", "api_apikey"),
            ),
        ),
    ]
