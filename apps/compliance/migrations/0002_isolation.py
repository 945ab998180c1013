from django.db import migrations

from apps.tenants.rls import bind, isolate, keep_ledger


class Migration(migrations.Migration):
    dependencies = [("compliance", "0001_initial"), ("tenants", "0002_scope_functions")]

    operations = [
        isolate(
            "compliance_consent",
            "compliance_relationship",
            "compliance_dncentry",
            "compliance_dncregister",
            "compliance_dncregisternumber",
            "compliance_decision",
        ),
        bind(
            keys=(
                "compliance_dncregister",
                "compliance_decision",
            ),
            links=(("compliance_dncregisternumber", "register_id", "compliance_dncregister"),),
        ),
        keep_ledger("compliance_decision"),
    ]
