"""Rules that protect people by e-mail, group or role."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("offboarding", "0007_holds_apart"),
    ]

    operations = [
        migrations.CreateModel(
            name="ProtectionRule",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("org_id", models.CharField(max_length=100)),
                (
                    "kind",
                    models.CharField(
                        choices=[("email", "E-mail"), ("group", "Group"), ("role", "Role")], max_length=10
                    ),
                ),
                (
                    "value",
                    models.CharField(help_text="An e-mail, or the name or id of a group or role.", max_length=320),
                ),
                ("reason", models.TextField(max_length=500)),
                ("made_by_name", models.CharField(max_length=200)),
                ("made_at", models.DateTimeField()),
                ("ended_by_name", models.CharField(blank=True, max_length=200)),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "ordering": ["id"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at__isnull", True)),
                        fields=("org_id", "kind", "value"),
                        name="one_rule_of_a_kind_and_value_in_force",
                    )
                ],
            },
        ),
    ]
