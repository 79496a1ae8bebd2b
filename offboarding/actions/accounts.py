"""Accounts of the people who work with the console."""

from __future__ import annotations

from collections.abc import Sequence

from django.contrib.auth.models import Group, User
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from offboarding.access import ROLES, Actor
from offboarding.actions.errors import Refused
from offboarding.audit.record import record


@transaction.atomic
def create_staff(
    actor: Actor | None, *, name: str, email: str, roles: Sequence[str], password: str, full_name: str = ""
) -> User:
    """Make an account with these roles. `actor` None is the command line. Refuses an unknown role or a taken name."""
    unknown = [role for role in roles if role not in ROLES]
    if unknown or not roles:
        raise Refused(f"There is no role {', '.join(unknown) or 'given'}.", f"Choose from: {', '.join(ROLES)}.", "role")
    if User.objects.filter(username__iexact=name).exists():
        raise Refused(f"The account {name} exists already.", "Choose another name.", "taken")
    first, _, last = full_name.partition(" ")
    account = User(username=name, email=email, first_name=first, last_name=last)
    try:
        validate_password(password, account)
    except ValidationError as error:
        raise Refused(" ".join(error.messages), "Choose another password.", "password") from error
    account.set_password(password)
    account.save()
    account.groups.set(Group.objects.filter(name__in=roles))
    record(actor, "account.created", data={"name": name, "roles": ", ".join(roles)})
    return account


@transaction.atomic
def remove_staff(actor: Actor | None, *, name: str) -> User:
    """Let an account sign in no more, at once. `actor` None is the command line. What it did refers to it, so it stays.

    What it asked for or approved is then not carried on before somebody decides again. Refuses a name nobody has.
    """
    account = User.objects.select_for_update().filter(username=name, is_active=True).first()
    if account is None:
        raise Refused(f"There is no account {name}.", "Settings › Staff lists the accounts.", "unknown")
    account.is_active = False
    account.save(update_fields=["is_active"])
    record(actor, "account.removed", data={"name": name})
    return account
