from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0002_isolation")]

    operations = [
        migrations.RemoveConstraint(model_name="queuefloor", name="campaigns_queuefloor_once"),
        migrations.AddIndex(
            model_name="queuefloor",
            index=models.Index(fields=["campaign", "place", "id"], name="campaigns_queuefloor_newest"),
        ),
    ]
