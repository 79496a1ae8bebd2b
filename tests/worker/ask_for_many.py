"""Run by test_kills in the environment of a console: asks for these people, plans and approves; a run a line."""

from __future__ import annotations

import sys

import django


def main(person_ids: list[str]) -> None:
    django.setup()
    from django.contrib.auth.models import User

    from tests.flows import approved

    staff, approver = (User.objects.get(username=name) for name in ("staff", "approver"))
    for person_id in person_ids:
        print(approved(staff, approver, person_id).pk)


main(sys.argv[1:])
