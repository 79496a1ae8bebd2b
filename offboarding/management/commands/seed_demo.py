"""The five demo accounts, against the sandbox only."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.core.management.base import CommandError

from offboarding.actions.accounts import create_staff
from offboarding.management.noted import NotedCommand
from offboarding.start import DEMO_ACCOUNTS, DEMO_DOMAIN, DEMO_PASSWORD


class Command(NotedCommand):
    help = "Make the five demo accounts (staff approver manager auditor admin). Example: manage.py seed_demo"

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.SANDBOX_MODE:
            raise CommandError(
                "Demo accounts are made only against the sandbox, because their password is public. "
                "Use `manage.py create_staff NAME --email E --role R`."
            )
        for name, full_name in DEMO_ACCOUNTS.items():
            if not User.objects.filter(username=name).exists():
                create_staff(
                    None,
                    name=name,
                    email=f"{name}@{DEMO_DOMAIN}",
                    roles=[name],
                    password=DEMO_PASSWORD,
                    full_name=full_name,
                )
        self.stdout.write(f"Demo accounts: {' '.join(DEMO_ACCOUNTS)}, password {DEMO_PASSWORD}")
