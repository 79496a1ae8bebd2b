"""A request in each state in which one rests, in the database of a running product: `python -m tests.browser.stills`.

Prints the number of each by its name. All are written in one transaction, so that the product's worker meets none of
them half made; those that go on by themselves do so in an hour.
"""

from __future__ import annotations

import json
import os
import sys
from datetime import timedelta


def build() -> dict[str, int]:
    from django.contrib.auth.models import User
    from django.db import transaction

    from tests import states

    wait = timedelta(hours=1)
    with transaction.atomic():
        staff, approver = (User.objects.get(username=name) for name in ("staff", "approver"))
        made = {
            "put_off": states.put_off(staff, number=2, wait=wait),
            "plan_failed": states.plan_failed(staff, number=3),
            "parked": states.parked(staff, approver, number=4, wait=wait),
            "not_confirmed": states.not_confirmed(staff, approver, number=5, wait=wait),
            "failed": states.failed(staff, approver, number=6),
            "stopped": states.stopped(staff, approver, number=7),
            "plan_changed": states.plan_changed(staff, approver, number=8),
            "held": states.held(staff, approver, number=9),
        }
    return {name: request.pk for name, request in made.items()}


if __name__ == "__main__":
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "deprov_site.settings")
    django.setup()
    json.dump(build(), sys.stdout)
