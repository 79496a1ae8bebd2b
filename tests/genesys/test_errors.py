"""Which error an answer becomes, and what it says."""

from __future__ import annotations

from typing import Any

import pytest

from offboarding.genesys import errors
from offboarding.genesys.errors import (
    REMEDIES,
    GenesysError,
    MissingPermission,
    NotThere,
    ReadAgain,
    Refused,
    StillHeld,
    WrongCredentials,
    error_from,
)

SCIM = "urn:ietf:params:scim:api:messages:2.0:Error"
REFERENCED = "User is still referenced by 3 queue(s) and 2 role grant(s)."


def _from(status: int, body: Any = None, **more: str) -> GenesysError:
    return error_from(status, body, method="DELETE", path="/api/v2/x", **more)


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (401, {"code": "bad.credentials"}, WrongCredentials),
        (403, {"code": "missing.permissions"}, MissingPermission),
        (404, {"code": "general.resource.not.found"}, NotThere),
        (404, {"schemas": [SCIM], "status": "404", "detail": "User x could not be found."}, NotThere),
        (408, {"code": "client.timeout"}, ReadAgain),
        (409, {"code": "general.conflict", "message": "does not match the current version"}, ReadAgain),
        (409, None, ReadAgain),
        (400, {"code": "general.conflict", "message": "does not match the current version"}, ReadAgain),
        (400, {"schemas": [SCIM], "status": "400", "scimType": "invalidVers", "detail": "x"}, ReadAgain),
        (412, None, ReadAgain),
        (409, {"code": "general.conflict", "message": REFERENCED}, StillHeld),
        (409, {"schemas": [SCIM], "status": "409", "detail": REFERENCED}, StillHeld),
        (409, {"code": "x", "message": "violates a foreign key constraint"}, StillHeld),
        (400, {"code": "invalid.type"}, Refused),
        (400, {"code": "bad.request"}, Refused),
        (413, None, Refused),
        (500, "a page", Refused),
    ],
)
def test_an_answer_becomes_the_error_that_says_what_to_do(status: int, body: Any, kind: type) -> None:
    assert type(_from(status, body)) is kind


def test_a_version_conflict_that_speaks_of_a_reference_is_still_a_version_conflict() -> None:
    body = {"code": "general.conflict", "message": "The referenced version 3 is not the current version 4"}
    assert type(_from(409, body)) is ReadAgain


def test_still_held_is_a_refusal_and_not_a_reason_to_read_again() -> None:
    assert issubclass(StillHeld, Refused) and not issubclass(StillHeld, ReadAgain)


def test_a_403_names_the_permission_that_the_answer_names() -> None:
    message = "Unable to act. You are missing the following permission(s): routing:queueMember:manage"
    error = _from(403, {"code": "missing.permissions", "message": message}, permission="routing:queue:edit")
    assert "routing:queueMember:manage in every division" in error.remedy


def test_a_403_without_a_name_names_the_permission_of_the_operation() -> None:
    assert "oauth:token:delete in every division" in _from(403, permission="oauth:token:delete").remedy


def test_a_blocked_address_is_not_blamed_on_the_secret() -> None:
    assert _from(401, {"code": "ip.not.authorized"}).remedy == REMEDIES["address"]
    assert "GENESYS_CLIENT_SECRET" in _from(401, {"code": "bad.credentials"}).remedy


def test_an_error_carries_what_support_asks_for() -> None:
    error = _from(404, {"code": "not.found"}, correlation_id="abc-1")
    assert (error.status, error.code, error.correlation_id) == (404, "not.found", "abc-1")
    assert (error.method, error.path) == ("DELETE", "/api/v2/x")
    assert str(error) == "Genesys Cloud does not have this: it answered 404 not.found to DELETE /api/v2/x."


def test_the_words_of_a_body_are_never_shown() -> None:
    body = {"code": "jane@example.com is <b>bad</b>", "message": "jane@example.com", "contextId": "<script>"}
    error = _from(409, body, correlation_id=errors.safe_correlation_id(None, body))
    assert "jane" not in f"{error}{error.remedy}{error.code}"
    assert error.correlation_id == ""


def test_every_remedy_is_one_or_more_sentences() -> None:
    for name, remedy in REMEDIES.items():
        assert remedy[0].isupper() and remedy.endswith("."), name
