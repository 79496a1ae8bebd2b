"""The contacts of a person: the `addresses` of a User, among them the one DID that the person may own."""

from __future__ import annotations

from typing import Any

from .catalogue import DID_POOL
from .errors import Refusal, bad_request
from .people import Person

_MEDIA = ("PHONE", "EMAIL", "SMS")


def show(person: Person) -> list[dict[str, str]]:
    """The list of Contact: the DID first. The primary e-mail is in primaryContactInfo alone."""
    did = {"address": person.phone or "", "mediaType": "PHONE", "type": "WORK", "display": person.phone or ""}
    return [*([did] if person.phone else []), *person.addresses]


def _malformed(why: str) -> Refusal:
    return bad_request(f"The request could not be understood by the server: {why}", "general.bad.request")


def read(person: Person, rows: object) -> tuple[str | None, list[dict[str, Any]]]:
    """(the DID, the other contacts) of a new list. Raises 400; the primary e-mail cannot be changed this way.

    The first number out of the org's pool is the person's DID (inferred: a second one is an ordinary contact).
    """
    if not isinstance(rows, list) or not all(isinstance(row, dict) and row.get("mediaType") in _MEDIA for row in rows):
        raise _malformed("addresses is a list of contacts with a mediaType.")
    did, others = None, []
    for row in rows:
        address = str(row.get("address") or "")
        if row["mediaType"] == "EMAIL" and row.get("type") == "PRIMARY":
            if address != person.email:
                raise _malformed("the primary e-mail cannot be changed through addresses.")
        elif did is None and row["mediaType"] == "PHONE" and address.startswith(DID_POOL):
            did = address
        else:
            others.append(row)
    return did, others
