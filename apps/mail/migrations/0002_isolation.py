from django.db import migrations

from apps.tenants.rls import bind, isolate


class Migration(migrations.Migration):
    dependencies = [("mail", "0001_initial"), ("leads", "0002_isolation"), ("tenants", "0002_scope_functions")]

    operations = [
        isolate("mail_mailtemplate", "mail_email", "mail_mailstop"),
        bind(
            keys=("mail_mailtemplate",),
            links=(
                ("mail_email", "lead_id", "leads_lead"),
                ("mail_email", "template_id", "mail_mailtemplate"),
            ),
        ),
    ]
