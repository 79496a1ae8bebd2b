"""Keeps every attempt to deliver a message, and counts how often a message was sent anew."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("offboarding", "0008_protection_rules"),
    ]

    operations = [
        migrations.AddField(
            model_name="delivery",
            name="replays",
            field=models.PositiveIntegerField(default=0, help_text="How often it was sent anew after it was given up."),
        ),
        migrations.CreateModel(
            name="DeliveryAttempt",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "replay",
                    models.PositiveIntegerField(
                        default=0, help_text="How often the delivery had been replayed by then."
                    ),
                ),
                ("number", models.PositiveIntegerField()),
                ("at", models.DateTimeField(help_text="When it began.")),
                ("status", models.PositiveSmallIntegerField(blank=True, null=True)),
                (
                    "problem",
                    models.TextField(blank=True, help_text="In our words, with the start of what the receiver said."),
                ),
                (
                    "milliseconds",
                    models.PositiveIntegerField(help_text="From the look-up of the name to the end of the answer."),
                ),
                (
                    "delivery",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="tries", to="offboarding.delivery"
                    ),
                ),
            ],
            options={
                "ordering": ["delivery", "replay", "number"],
                "constraints": [
                    models.UniqueConstraint(fields=("delivery", "replay", "number"), name="an_attempt_is_stored_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("problem", ""), _negated=True),
                            models.Q(("status__gte", 200), ("status__isnull", False), ("status__lt", 300)),
                            _connector="OR",
                        ),
                        name="an_attempt_without_a_problem_was_answered_2xx",
                    ),
                ],
            },
        ),
    ]
