"""What happens to a live conversation, as chosen with the request; earlier requests wait, as they always did."""

from django.db import migrations, models

CHOICES = [
    ("wait", "Wait until it has ended"),
    ("transfer", "Hand it back to the queue it came from"),
    ("refuse", "Stop, and ask a human"),
]


class Migration(migrations.Migration):
    dependencies = [("offboarding", "0003_returns_and_replaced_messages")]
    operations = [
        migrations.AddField(
            model_name="deprovisionrequest",
            name="live",
            field=models.CharField(choices=CHOICES, default="wait", max_length=10),
        ),
    ]
