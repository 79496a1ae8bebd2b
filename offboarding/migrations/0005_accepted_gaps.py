"""Keeps what an approver accepted as missing from an archive."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import F, Q


def account() -> models.ForeignKey:
    return models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)


class Migration(migrations.Migration):
    dependencies = [
        ("offboarding", "0004_live_policy"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        migrations.CreateModel(
            name="AcceptedGap",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("window_start", models.DateTimeField()),
                ("window_end", models.DateTimeField()),
                ("announced", models.PositiveBigIntegerField(help_text="Conversations that Genesys announced.")),
                ("sent", models.PositiveBigIntegerField(help_text="Conversations that it sent.")),
                ("reason", models.TextField(max_length=1000)),
                ("accepted_by_name", models.CharField(max_length=200)),
                ("accepted_at", models.DateTimeField()),
                ("accepted_by", account()),
                ("requested_by", account()),
                (
                    "request",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="accepted_gaps",
                        to="offboarding.deprovisionrequest",
                    ),
                ),
            ],
            options={
                "ordering": ["id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=~Q(accepted_by=F("requested_by")), name="nobody_accepts_a_gap_in_their_own_request"
                    ),
                    models.CheckConstraint(condition=~Q(reason=""), name="an_accepted_gap_gives_a_reason"),
                    models.CheckConstraint(condition=Q(announced__gt=F("sent")), name="a_gap_lacks_something"),
                ],
            },
        ),
    ]
