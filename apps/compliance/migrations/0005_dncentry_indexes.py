from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("compliance", "0004_consent_certificate")]

    operations = [
        migrations.AddIndex(
            model_name="dncentry",
            index=models.Index(fields=["tenant", "-id"], name="compliance_dncentry_newest"),
        ),
        migrations.AddIndex(
            model_name="dncentry",
            index=models.Index(fields=["tenant", "phone"], name="compliance_dncentry_phone"),
        ),
    ]
