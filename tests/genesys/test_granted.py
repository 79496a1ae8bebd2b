"""What the OAuth client may do: the documented answer, every ability in words, divisions, and answers that hide it."""

from __future__ import annotations

from typing import Any

import pytest
import responses

from offboarding.genesys.abilities import ABILITIES
from offboarding.genesys.article import ArticleClient
from offboarding.genesys.client import GenesysClient
from offboarding.genesys.granted import Granted, Lack, Unread, judge, read_granted
from offboarding.genesys.permissions import needs, permissions
from offboarding.genesys.records import Grant, Policy, Ref
from offboarding.sandbox.testing import SandboxThread
from tests.genesys.answers import answers, asked, client, page, refuses_without
from tests.genesys.conftest import API, transport_to

SUBJECT, DIVISIONS = "/api/v2/authorization/subjects/o-1", "/api/v2/authorization/divisions"
NORTH, SOUTH, ALL = Ref("d-1", "North"), Ref("d-2", "South"), Ref("*")
BODY: dict[str, Any] = {
    "id": "o-1",
    "name": "Offboarding",
    "grants": [
        {
            "subjectId": "o-1",
            "division": {"id": "*", "name": "*"},
            "role": {
                "id": "r-1",
                "name": "Leavers",
                "policies": [
                    {"domain": "directory", "entityName": "user", "actions": ["view", "edit"], "condition": ""},
                    {"domain": "oauth", "entityName": "*", "actions": ["*"], "condition": "entity.x == 1"},
                ],
            },
        }
    ],
}
EVERYTHING = tuple(permissions())


def grant(division: Ref, *names: str, conditional: bool = False) -> Grant:
    return Grant(Ref("r-1", "Leavers"), division, "o-1", (Policy(names, conditional),))


def all_but(*names: str) -> tuple[str, ...]:
    return tuple(name for name in EVERYTHING if name not in names)


def found(result: Granted | Unread) -> Granted:
    assert isinstance(result, Granted)
    return result


def unread(result: Granted | Unread) -> Unread:
    assert isinstance(result, Unread)
    return result


def test_every_operation_that_needs_a_permission_has_words_once() -> None:
    told = [operation for ability in ABILITIES for operation in ability.operations]
    assert sorted(told) == sorted(need.operation for need in needs() if need.permissions)
    assert len({ability.words for ability in ABILITIES}) == len(ABILITIES)


@responses.activate
def test_the_documented_answer_is_read_with_its_policies() -> None:
    answers("GET", SUBJECT, BODY)
    policies = (
        Policy(("directory:user:view", "directory:user:edit")),
        Policy(("oauth:*:*",), conditional=True),
    )
    assert client.get_authorization_subject("o-1", include_full_roles=True) == (
        Grant(Ref("r-1", "Leavers"), Ref("*", "*"), "o-1", policies),
    )
    assert asked() == {"includeFullRoles": "true"}


@pytest.mark.parametrize("field", ["policies", "policies.0.domain", "policies.0.entityName"])
@responses.activate
def test_a_role_without_its_policies_is_not_understood(field: str) -> None:
    refuses_without(
        lambda: client.get_authorization_subject("o-1", include_full_roles=True),
        *("GET", SUBJECT, BODY, f"grants.0.role.{field}"),
    )


@responses.activate
def test_roles_of_a_person_need_no_policies() -> None:
    brief = {"grants": [{"subjectId": "p-1", "division": {"id": "d-1"}, "role": {"id": "r-1"}}]}
    answers("GET", SUBJECT, brief)
    assert client.get_authorization_subject("o-1") == (Grant(Ref("r-1"), Ref("d-1"), "p-1"),)
    assert asked() == {}


@responses.activate
def test_the_article_has_no_words_for_permissions_and_asks_the_documented_api() -> None:
    answers("GET", SUBJECT, BODY)
    (only,) = ArticleClient(transport_to(API)).get_authorization_subject("o-1", include_full_roles=True)
    assert only.policies


def test_everything_granted_everywhere_works() -> None:
    result = judge([grant(ALL, *EVERYTHING)], [NORTH, SOUTH])
    assert len(result.works) == len(ABILITIES)
    assert (result.lacks, result.partly, result.uncovered, result.everywhere) == ((), (), (), True)


def test_what_is_granted_nowhere_will_not_work() -> None:
    result = judge([grant(ALL, *all_but("oauth:token:delete"))], [NORTH])
    assert result.lacks == (Lack("Signing out everywhere", ("oauth:token:delete",)),)
    assert result.missing == ("oauth:token:delete",)
    assert "Signing out everywhere" not in result.works


def test_a_permission_under_a_condition_does_not_count() -> None:
    most, rest = all_but("oauth:token:delete"), grant(ALL, "oauth:token:delete", conditional=True)
    assert judge([grant(ALL, *most), rest], [NORTH]).missing == ("oauth:token:delete",)


def test_a_division_without_a_grant_is_not_covered() -> None:
    result = judge([grant(NORTH, *EVERYTHING)], [NORTH, SOUTH])
    assert (result.everywhere, result.covered, result.uncovered) == (False, ("North",), ("South",))
    assert (result.lacks, result.partly) == ((), ())


def test_a_permission_that_a_covered_division_lacks_works_in_part() -> None:
    two = [grant(NORTH, *EVERYTHING), grant(SOUTH, *all_but("routing:queueMember:manage", "routing:queue:edit"))]
    result = judge(two, [NORTH, SOUTH])
    needed = ("routing:queueMember:manage or routing:queue:edit",)
    assert result.partly == (Lack("Leaving queues", needed, ("South",)),)
    assert len(result.works) == len(ABILITIES) - 1


def test_a_grant_in_all_divisions_fills_the_gaps_of_the_others() -> None:
    two = [grant(ALL, "oauth:token:delete"), grant(NORTH, *all_but("oauth:token:delete"))]
    result = judge(two, [NORTH, SOUTH])
    assert (result.everywhere, result.covered) == (True, ("North", "South"))
    assert "Signing out everywhere" in result.works
    assert {lack.divisions for lack in result.partly} == {("South",)}


def test_without_a_grant_nothing_works() -> None:
    result = judge([], [NORTH])
    assert (result.works, result.covered, result.uncovered) == ((), (), ("North",))
    assert len(result.lacks) == len(ABILITIES)


def test_an_unknown_client_is_not_called_well() -> None:
    assert "which OAuth client" in unread(read_granted(client, None)).problem


@pytest.mark.parametrize(
    ("subject", "divisions", "problem"),
    [
        ({"grants": [{**BODY["grants"][0], "role": {"id": "r-1", "policies": []}}]}, page({"id": "d-1"}), "without"),
        ({"grants": [{**BODY["grants"][0], "role": {"id": "r-1"}}]}, page({"id": "d-1"}), "policies"),
        (BODY, page(), "no division"),
    ],
)
@responses.activate
def test_an_answer_that_hides_the_permissions_is_not_called_well(subject: Any, divisions: Any, problem: str) -> None:
    answers("GET", SUBJECT, subject)
    answers("GET", DIVISIONS, divisions)
    assert problem in unread(read_granted(client, Ref("o-1"))).problem


@responses.activate
def test_a_refusal_is_told_with_its_remedy() -> None:
    answers("GET", SUBJECT, {"code": "missing.permissions", "message": "x"}, status=403)
    assert "authorization:grant:view" in unread(read_granted(client, Ref("o-1"))).remedy


def test_the_sandbox_shows_what_was_taken_away(sandbox: SandboxThread, client: GenesysClient) -> None:
    own = client.get_tokens_me().client
    assert found(read_granted(client, own)).missing == ()
    sandbox.remove_permissions("directory:user:delete")
    sandbox.grant_in("Home", "Back Office")
    result = found(read_granted(client, own))
    assert result.lacks == (Lack("Deleting through SCIM", ("directory:user:delete",)),)
    assert result.covered == ("Home", "Back Office")
