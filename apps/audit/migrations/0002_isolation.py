from django.db import migrations

from apps.tenants.rls import isolate, keep_ledger


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial"), ("tenants", "0002_scope_functions")]

    operations = [
        isolate("audit_auditentry"),
        keep_ledger("audit_auditentry"),
    ]
