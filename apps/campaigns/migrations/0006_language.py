from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("campaigns", "0005_campaign_recording"),
    ]

    operations = [
        migrations.AddField(
            model_name="campaign",
            name="language",
            field=models.CharField(
                choices=[
                    ("en", "English"),
                    ("es", "Español"),
                    ("ar", "العربية"),
                    ("ru", "Русский"),
                    ("tr", "Türkçe"),
                    ("de", "Deutsch"),
                    ("fr", "Français"),
                    ("pt", "Português"),
                ],
                default="en",
                max_length=2,
            ),
        ),
    ]
