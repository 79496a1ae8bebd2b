"""The error bodies of the three families: ErrorBody (platform), ScimError (SCIM), OAuth errors (tokens).

Codes and wording follow the Genesys Cloud API description (ErrorBody and the codes of each operation).
"""

from __future__ import annotations

from typing import Any

SCIM_MEDIA = "application/scim+json"


class Refusal(Exception):
    """An answer that is an error. `body` is complete but for the correlation id, which the app fills in."""

    def __init__(self, status: int, body: dict[str, Any], headers: dict[str, str] | None = None) -> None:
        super().__init__(f"{status} {body}")
        self.status, self.body, self.headers = status, body, headers or {}


class DropConnection(Exception):
    """The connection ends without any answer."""


def api_error(status: int, code: str, message: str, **more: Any) -> Refusal:
    """An ErrorBody; `more` may add entityId, entityName, limit, details and messageParams."""
    body = {
        "message": message,
        "code": code,
        "status": status,
        "messageParams": {},
        "details": [],
        "errors": [],
    }
    return Refusal(status, body | more)


def not_found(what: str = "The requested resource was not found.", code: str = "not.found") -> Refusal:
    return api_error(404, code, what)


def no_user() -> Refusal:
    return not_found("Unable to find a user with that userId", "general.resource.not.found")


def bad_request(message: str, code: str = "bad.request") -> Refusal:
    return api_error(400, code, message)


def bad_value(value: object, name: str, allowed: object) -> Refusal:
    message = f"Value [{value}] is not valid for field type [{name}]. Allowable values are: {allowed}"
    return api_error(400, "invalid.value", message)


def conflict(status: int, message: str) -> Refusal:
    """A version conflict: documented both as 409 and as 400, always with code general.conflict."""
    return api_error(status, "general.conflict", message)


def scim_error(status: int, detail: str, scim_type: str | None = None) -> Refusal:
    body: dict[str, Any] = {
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"],
        "status": str(status),
        "detail": detail,
    }
    if scim_type:
        body["scimType"] = scim_type
    return Refusal(status, body, {"Content-Type": SCIM_MEDIA})


def oauth_error(error: str, description: str, status: int = 400) -> Refusal:
    body = {"error": error, "description": description, "error_description": description}
    return Refusal(status, body)
