from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("agents", "0003_sessions_with_leg"),
    ]

    operations = [
        migrations.AddField(
            model_name="agentsession",
            name="leg_seen_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="agentsession",
            name="room_sid",
            field=models.CharField(blank=True, max_length=34),
        ),
    ]
