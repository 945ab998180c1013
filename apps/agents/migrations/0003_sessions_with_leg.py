from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("agents", "0002_isolation")]

    operations = [
        migrations.AddIndex(
            model_name="agentsession",
            index=models.Index(
                condition=models.Q(("leg_sid", ""), _negated=True),
                fields=["tenant", "ended_at"],
                name="agents_session_with_leg",
            ),
        ),
    ]
