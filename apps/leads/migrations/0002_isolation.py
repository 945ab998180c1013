from django.db import migrations

from apps.tenants.rls import bind, isolate


class Migration(migrations.Migration):
    dependencies = [("leads", "0001_initial"), ("tenants", "0002_scope_functions")]

    operations = [
        isolate(
            "leads_leadlist",
            "leads_lead",
            "leads_leadimport",
        ),
        bind(
            keys=(
                "leads_leadlist",
                "leads_lead",
                "leads_leadimport",
            ),
            links=(
                ("leads_lead", "lead_list_id", "leads_leadlist"),
                ("leads_leadimport", "lead_list_id", "leads_leadlist"),
            ),
        ),
    ]
