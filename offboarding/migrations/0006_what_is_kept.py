"""What of a conversation is kept, as chosen with the request; earlier requests keep what they always did."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("offboarding", "0005_accepted_gaps")]
    operations = [
        migrations.AddField(
            model_name="deprovisionrequest",
            name="keep_attributes",
            field=models.BooleanField(default=False, help_text="Participants' attributes stay in the archive."),
        ),
        migrations.AddField(
            model_name="deprovisionrequest",
            name="mask_addresses",
            field=models.BooleanField(default=False, help_text="Customers' names and addresses do not."),
        ),
    ]
