"""Each warning alone: what brings it, and its sentence. Nothing to warn of warns of nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from offboarding.genesys.records import AgentStatus, Group, QueueMembership, Ref
from offboarding.people.warnings import Facts, warnings_about
from offboarding.plan import Holding, Source
from tests.builders import PERSON, SCIM

QUIET = Facts(
    who=PERSON,
    items=(Holding("queue", "q1", "Billing"),),
    groups=(Group("g1", "Night shift", owner_ids=("somebody else",)),),
    by_rule={},
    reports=(),
    backs_up=(),
    status=AgentStatus(0, (), "IDLE", None),
    queues=(QueueMembership(Ref("q1", "Billing"), None, joined=True, member_count=2),),
    resources=(SCIM,),
)
ALONE = tuple(QueueMembership(Ref(name, name), None, joined=True, member_count=1) for name in ("A", "B", "C", "D"))
OTHER = replace(PERSON, email="zoe2@example.test", title="Agent", department="Care", state="inactive")
OWNED = Holding("group", "g1", "Night shift", (Source("owner", "g1", "Night shift"),))
RULE = Holding("group", "g2", "All staff", (Source("rule", "g2", "All staff"),))
LENT = Holding("queue", "q2", "VIP", (Source("group", "g1", "Night shift"),))
TEAM = Holding("role", "r1:d1", "Agent", (Source("team", "t1", "Berlin"),))


@pytest.mark.parametrize(
    ("changes", "key", "sentence", "blocks"),
    [
        ({"status": AgentStatus(2, (), "INTERACTING", None)}, "live", "In 2 live conversations now.", False),
        ({"resources": None}, "scim", "SCIM could not be read: what would be deleted is not known.", True),
        ({"resources": ()}, "scim", "Cannot be deleted through SCIM: no SCIM resource has this e-mail.", True),
        (
            {"resources": (SCIM, SCIM)},
            "scim",
            "Cannot be deleted through SCIM: 2 SCIM resources have this e-mail.",
            True,
        ),
        (
            {"resources": (replace(SCIM, external_id="00u7"),)},
            "identity_provider",
            "Kept by an identity provider (external id 00u7): disable there first, or it comes back.",
            False,
        ),
        (
            {"resources": (replace(SCIM, authorities=("hr", "microsoftentra")),)},
            "identity_provider",
            "Has an id in hr, microsoftentra: if that keeps the account, disable there first, or it comes back.",
            False,
        ),
        ({"queues": ALONE[:1]}, "last_agent", "The last agent of A.", False),
        ({"queues": ALONE}, "last_agent", "The last agent of A, B, C and 1 more.", False),
        (
            {"groups": (Group("g1", "Night shift", owner_ids=(PERSON.id,)),)},
            "owner",
            "Owns Night shift: give it another owner.",
            False,
        ),
        ({"reports": (Ref("p1"), Ref("p2"))}, "manager", "Manages 2 people.", False),
        (
            {"backs_up": (Ref("p1", "Ada"), Ref("p2"))},
            "backup",
            "Takes over the direct calls of Ada, p2: give them another backup.",
            False,
        ),
        (
            {"items": (Holding("forwarding", "calls", "Calls to +49 30 1"),)},
            "forwarding",
            "Forwarded: Calls to +49 30 1. The plan switches it off.",
            False,
        ),
        ({"items": (OWNED,)}, "stays_as_owner", "Stays in Night shift for as long as they own it.", False),
        ({"items": (RULE,)}, "dynamic", "In All staff by a rule: only the deletion ends that.", False),
        ({"items": (LENT,)}, "inherited", "1 holding comes through Night shift and ends with it.", False),
        ({"items": (LENT, TEAM)}, "inherited", "2 holdings come through Berlin, Night shift and end with them.", False),
        (
            {"namesakes": (OTHER,)},
            "namesake",
            "Another person has this name: zoe2@example.test, Agent, Care, inactive.",
            False,
        ),
        (
            {"namesakes": (OTHER, replace(OTHER, email="", id="p9", title="", department=""), OTHER, OTHER)},
            "namesake",
            "4 other people have this name: zoe2@example.test, Agent, Care, inactive; p9, inactive; "
            "zoe2@example.test, Agent, Care, inactive and 1 more.",
            False,
        ),
        (
            {"namesakes": None},
            "namesake",
            "It could not be seen whether another person has this name: compare the e-mail.",
            False,
        ),
        ({"who": replace(PERSON, state="inactive")}, "inactive", "Already inactive: sign-in is suspended.", False),
    ],
)
def test_each_has_its_sentence(changes: dict[str, Any], key: str, sentence: str, blocks: bool) -> None:
    (warning,) = warnings_about(replace(QUIET, **changes))
    assert (warning.key, warning.sentence, warning.blocks) == (key, sentence, blocks)


def test_nothing_to_warn_of_warns_of_nothing() -> None:
    assert warnings_about(QUIET) == ()
    assert warnings_about(replace(QUIET, status=None)) == ()


def test_what_may_hurt_somebody_now_comes_first() -> None:
    loud = replace(QUIET, status=AgentStatus(1, (), None, None), resources=None, items=(LENT,), queues=ALONE)
    assert [warning.key for warning in warnings_about(loud)] == ["live", "scim", "last_agent", "inherited"]
