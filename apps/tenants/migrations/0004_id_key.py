from django.contrib.postgres.functions import RandomUUID
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("tenants", "0003_own_settings")]

    operations = [
        migrations.AddField("tenant", "id_key", models.UUIDField(db_default=RandomUUID(), editable=False)),
    ]
