"""A legal hold forbids the deletion alone, is reviewed on a day, and is not released by whoever placed it."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

STATES = [
    ("queued", "Queued"),
    ("running", "Running"),
    ("parked", "Parked"),
    ("failed", "Failed"),
    ("plan_changed", "Plan Changed"),
    ("stopped", "Stopped"),
    ("held", "Held"),
    ("completed", "Completed"),
]


def account() -> models.ForeignKey:
    return models.ForeignKey(
        blank=True,
        null=True,
        on_delete=django.db.models.deletion.PROTECT,
        related_name="+",
        to=settings.AUTH_USER_MODEL,
    )


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("offboarding", "0006_what_is_kept"),
    ]
    operations = [
        migrations.AddField(model_name="hold", name="placed_by", field=account()),
        migrations.AddField(model_name="hold", name="released_by", field=account()),
        migrations.AddField(
            model_name="hold",
            name="review_on",
            field=models.DateField(blank=True, help_text="When somebody asks whether it is still needed.", null=True),
        ),
        migrations.AlterField(
            model_name="run",
            name="state",
            field=models.CharField(choices=STATES, db_index=True, default="queued", max_length=20),
        ),
        migrations.AddConstraint(
            model_name="hold",
            constraint=models.CheckConstraint(
                condition=~models.Q(kind="legal_hold", released_by=models.F("placed_by")),
                name="nobody_releases_their_own_legal_hold",
            ),
        ),
    ]
