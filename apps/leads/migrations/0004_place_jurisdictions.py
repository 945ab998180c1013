import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("leads", "0003_lead_search")]

    operations = [
        migrations.AlterField(
            model_name="place",
            name="jurisdictions",
            field=django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=16), size=None),
        ),
    ]
