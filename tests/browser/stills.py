"""A request in each state in which one rests, in the database of a running product: `python -m tests.browser.stills`.

Prints the number of each by its name. All are written in one transaction, so that the product's worker meets none of
them half made; those that go on by themselves do so in an hour.
"""

from __future__ import annotations

import json
import os
import sys
from datetime import timedelta
from typing import Any


def build() -> dict[str, int]:
    from django.contrib.auth.models import User
    from django.db import transaction

    from tests import states

    wait = timedelta(hours=1)
    with transaction.atomic():
        staff, approver, admin = (User.objects.get(username=name) for name in ("staff", "approver", "admin"))
        made = {
            "put_off": states.put_off(staff, number=2, wait=wait),
            "plan_failed": states.plan_failed(staff, number=3),
            "parked": states.parked(staff, approver, number=4, wait=wait),
            "not_confirmed": states.not_confirmed(staff, approver, number=5, wait=wait),
            "failed": states.failed(staff, approver, number=6),
            "stopped": states.stopped(staff, approver, number=7),
            "plan_changed": states.plan_changed(staff, approver, number=8),
            "held": _held(staff, approver, admin),
        }
    return {name: request.pk for name, request in made.items()}


def _held(staff: Any, approver: Any, admin: Any) -> Any:
    """With the hold itself, without which a worker would let it go on."""
    from django.utils import timezone

    from offboarding.actions.holds import place_hold
    from tests import states

    request = states.held(staff, approver, number=9)
    place_hold(
        admin,
        org_id=request.org_id,
        person_id=request.person_id,
        person_name=request.person_name,
        kind="legal_hold",
        reason="Case 12",
        review_on=timezone.localdate() + timedelta(days=90),
    )
    return request


if __name__ == "__main__":
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "deprov_site.settings")
    django.setup()
    json.dump(build(), sys.stdout)
