from django.db import migrations

from apps.tenants.rls import bind, isolate


class Migration(migrations.Migration):
    dependencies = [
        ("calls", "0001_initial"),
        ("tenants", "0002_scope_functions"),
        ("campaigns", "0002_isolation"),
        ("leads", "0002_isolation"),
        ("compliance", "0002_isolation"),
        ("telephony", "0002_isolation"),
    ]

    operations = [
        isolate(
            "calls_attempt",
            "calls_providerevent",
            "calls_callback",
            "calls_recording",
        ),
        bind(
            keys=("calls_attempt",),
            links=(
                ("calls_attempt", "campaign_id", "campaigns_campaign"),
                ("calls_attempt", "campaign_lead_id", "campaigns_campaignlead"),
                ("calls_attempt", "lead_id", "leads_lead"),
                ("calls_attempt", "decision_id", "compliance_decision"),
                ("calls_attempt", "caller_id_id", "telephony_callerid"),
                ("calls_attempt", "disposition_id", "campaigns_disposition"),
                ("calls_providerevent", "attempt_id", "calls_attempt"),
                ("calls_callback", "campaign_lead_id", "campaigns_campaignlead"),
                ("calls_recording", "attempt_id", "calls_attempt"),
            ),
        ),
    ]
