from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("calls", "0002_isolation"),
    ]

    operations = [
        migrations.AddField(
            model_name="attempt",
            name="is_abandoned",
            field=models.BooleanField(default=False),
        ),
        migrations.AlterField(
            model_name="attempt",
            name="outcome",
            field=models.CharField(
                blank=True,
                choices=[
                    ("CONNECTED", "Talked to an agent"),
                    ("ABANDONED", "Abandoned: no agent came"),
                    ("HUNG_UP", "Hung up before an agent"),
                    ("MACHINE", "Answering machine"),
                    ("FAX", "Fax"),
                    ("NO_ANSWER", "No answer"),
                    ("BUSY", "Busy"),
                    ("FAILED", "Failed"),
                    ("BAD_NUMBER", "Bad number"),
                    ("REFUSED", "Refused by the carrier"),
                    ("CANCELED", "Cancelled before it was placed"),
                    ("EXPIRED", "Not placed in time"),
                    ("UNKNOWN", "Unknown: counted as an attempt"),
                ],
                max_length=10,
            ),
        ),
    ]
