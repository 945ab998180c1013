from django.db import migrations

from apps.tenants.rls import bind, isolate


class Migration(migrations.Migration):
    dependencies = [
        ("campaigns", "0001_initial"),
        ("tenants", "0002_scope_functions"),
        ("leads", "0002_isolation"),
        ("scripts", "0002_isolation"),
        ("telephony", "0002_isolation"),
    ]

    operations = [
        isolate(
            "campaigns_dispositionset",
            "campaigns_disposition",
            "campaigns_campaign",
            "campaigns_campaignlist",
            "campaigns_campaignimport",
            "campaigns_campaignlead",
            "campaigns_queuefloor",
            "campaigns_campaigntotals",
        ),
        bind(
            keys=(
                "campaigns_dispositionset",
                "campaigns_disposition",
                "campaigns_campaign",
                "campaigns_campaignlead",
            ),
            links=(
                ("campaigns_disposition", "disposition_set_id", "campaigns_dispositionset"),
                ("campaigns_campaign", "script_version_id", "scripts_scriptversion"),
                ("campaigns_campaign", "caller_id_id", "telephony_callerid"),
                ("campaigns_campaign", "disposition_set_id", "campaigns_dispositionset"),
                ("campaigns_campaignlist", "campaign_id", "campaigns_campaign"),
                ("campaigns_campaignlist", "lead_list_id", "leads_leadlist"),
                ("campaigns_campaignimport", "campaign_id", "campaigns_campaign"),
                ("campaigns_campaignimport", "lead_import_id", "leads_leadimport"),
                ("campaigns_campaignlead", "campaign_id", "campaigns_campaign"),
                ("campaigns_campaignlead", "lead_id", "leads_lead"),
                ("campaigns_queuefloor", "campaign_id", "campaigns_campaign"),
                ("campaigns_campaigntotals", "campaign_id", "campaigns_campaign"),
            ),
        ),
    ]
