"""Endpoints that administrators type in; a delivery to one of them says to which."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("offboarding", "0009_every_attempt"),
    ]

    operations = [
        migrations.CreateModel(
            name="WebhookEndpoint",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=80)),
                ("address", models.CharField(max_length=500)),
                ("secret", models.TextField(blank=True)),
                ("secret_number", models.PositiveIntegerField(default=1)),
                ("former_secret", models.TextField(blank=True)),
                ("former_until", models.DateTimeField(blank=True, null=True)),
                ("enabled", models.BooleanField(default=True)),
                ("disabled_reason", models.TextField(blank=True)),
                ("made_by_name", models.CharField(max_length=200)),
                ("made_at", models.DateTimeField()),
                ("removed_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "ordering": ["name", "id"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("removed_at__isnull", True)),
                        fields=("name",),
                        name="endpoints_differ_by_name",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("removed_at__isnull", True)),
                        fields=("address",),
                        name="endpoints_differ_by_address",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("disabled_reason", ""),
                                ("enabled", True),
                                ("removed_at__isnull", True),
                                models.Q(("secret", ""), _negated=True),
                            ),
                            models.Q(("enabled", False), models.Q(("disabled_reason", ""), _negated=True)),
                            _connector="OR",
                        ),
                        name="an_endpoint_is_enabled_with_a_secret_or_says_why_not",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("removed_at__isnull", True),
                            models.Q(("former_secret", ""), ("secret", "")),
                            _connector="OR",
                        ),
                        name="a_removed_endpoint_keeps_no_secret",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("former_secret", ""), ("former_until__isnull", True)),
                            models.Q(models.Q(("former_secret", ""), _negated=True), ("former_until__isnull", False)),
                            _connector="OR",
                        ),
                        name="a_former_secret_ends_some_time",
                    ),
                ],
            },
        ),
        migrations.AddField(
            model_name="delivery",
            name="receiver",
            field=models.ForeignKey(
                blank=True,
                help_text="Empty: the address in DEPROVISION_WEBHOOK_URL.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="deliveries",
                to="offboarding.webhookendpoint",
            ),
        ),
    ]
