from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("campaigns", "0004_voicemail_text"),
    ]

    operations = [
        migrations.AddField(
            model_name="campaign",
            name="recording",
            field=models.CharField(
                choices=[("NONE", "No calls"), ("ALL", "All calls"), ("ON_WISH", "Calls that the agent chooses")],
                default="NONE",
                max_length=8,
            ),
        ),
    ]
