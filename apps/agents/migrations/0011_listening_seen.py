from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("agents", "0010_desk_phones"),
    ]

    operations = [
        migrations.AddField(
            model_name="listening",
            name="seen_at",
            field=models.DateTimeField(null=True),
        ),
    ]
