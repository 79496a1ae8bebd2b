"""Counts how often a step sent earlier ones back, and lets a newer message replace one that was not delivered."""

from django.db import migrations, models

STATES = [("pending", "Pending"), ("delivered", "Delivered"), ("dead", "Dead"), ("superseded", "Superseded")]


class Migration(migrations.Migration):
    dependencies = [("offboarding", "0002_audit_append_only_and_roles")]
    operations = [
        migrations.AddField(
            model_name="steprun",
            name="returns",
            field=models.PositiveIntegerField(default=0, help_text="How often it sent earlier steps back."),
        ),
        migrations.AlterField(
            model_name="delivery",
            name="state",
            field=models.CharField(choices=STATES, db_index=True, default="pending", max_length=10),
        ),
    ]
