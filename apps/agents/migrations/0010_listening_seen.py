from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("agents", "0009_lost_lines"),
    ]

    operations = [
        migrations.AddField(
            model_name="listening",
            name="seen_at",
            field=models.DateTimeField(null=True),
        ),
    ]
