from django.db import migrations

from apps.tenants.rls import bind, isolate


class Migration(migrations.Migration):
    dependencies = [
        ("dialer", "0001_initial"),
        ("tenants", "0002_scope_functions"),
        ("campaigns", "0002_isolation"),
    ]

    operations = [
        isolate("dialer_pulse"),
        bind(
            links=(("dialer_pulse", "campaign_id", "campaigns_campaign"),),
        ),
    ]
