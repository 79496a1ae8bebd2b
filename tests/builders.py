"""Small values that many tests start from. State in the database is built through actions, see states.py."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from offboarding.genesys.records import Organization, Person, Ref, ScimPerson
from offboarding.plan import Holding, Holdings, Source

ORG = Organization("11111111-0000-4000-8000-000000000000", "Example Org")
PERSON = Person(
    id="22222222-0000-4000-8000-000000000001",
    name="Zoë O’Hara",
    email="zoe.ohara@example.test",
    state="active",
    version=7,
    department="=Sales",
    division=Ref("d1", "Home"),
    groups=(),
    skills=(),
    languages=(),
)
SCIM = ScimPerson(id="scim-1", user_name="Zoe.OHara@example.test", active=True, etag='"7"')
INTERVAL = (datetime(2025, 11, 24, tzinfo=UTC), datetime(2026, 11, 25, tzinfo=UTC))


def holdings(*more: Holding, **changes: object) -> Holdings:
    """Two direct queues, one inherited, two roles, a group, a skill; `more` holdings beside them."""
    items = (
        Holding("queue", "q1", "Billing"),
        Holding("queue", "q2", "Sales"),
        Holding("queue", "q3", "VIP", (Source("group", "g1", "Night shift"),)),
        Holding("role", "r1:d1", "Agent", detail="Home"),
        Holding("role", "r2:d1", "Recorder", detail="Home"),
        Holding("group", "g1", "Night shift"),
        Holding("skill", "s1", "Refunds", detail="3 of 5"),
        *more,
    )
    base = Holdings(person=PERSON, read_at="2026-11-24T08:00:00Z", items=items, scim=SCIM, scim_matches=1)
    return replace(base, **changes)  # type: ignore[arg-type]
