"""One call and its answer, as the handlers see them: parameters checked, errors in the API's words."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

from .errors import api_error, bad_request, bad_value
from .people import Person
from .state import Org


@dataclass
class Answer:
    """`body` None is an empty body; anything else becomes JSON."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Call:
    method: str
    path: str
    query_string: str
    headers: dict[str, str]  # names in lower case
    raw: bytes
    org: Org
    remote: str = "127.0.0.1"
    client: str = ""  # who calls: the OAuth client, or the id of a person with a token of their own
    person: Person | None = None  # set for a personal token
    params: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.query = parse_qs(self.query_string, keep_blank_values=True)

    def text(self, name: str, default: str = "", allowed: tuple[str, ...] = ()) -> str:
        value = self.query.get(name, [default])[-1] or default
        if allowed and value not in allowed:
            raise bad_value(value, name, list(allowed))
        return value

    def values(self, name: str) -> list[str]:
        """A list parameter, repeated or joined by commas."""
        return [part for value in self.query.get(name, []) for part in value.split(",") if part]

    def flag(self, name: str, default: bool) -> bool:
        return self.text(name, str(default).lower(), ("true", "false")) == "true"

    def number(self, name: str, default: int, least: int = 1, most: int = 500) -> int:
        text = self.text(name, str(default))
        if not (text.isascii() and text.isdigit()) or not least <= int(text) <= most:
            message = f"Value [{text}] of query parameter [{name}] is not a number from {least} to {most}."
            raise bad_request(message, "invalid.query.param.value")
        return int(text)

    def json(self, kind: type = dict) -> Any:
        """The body, which must be JSON of this kind; 415 for another media type, 400 for anything else."""
        media = self.headers.get("content-type", "").split(";")[0].strip().lower()
        if media not in ("application/json", "application/scim+json"):
            message = "Unsupported Media Type - Unsupported or incorrect media type, such as an incorrect Content-Type value in the header."  # noqa: E501
            raise api_error(415, "unsupported.media.type", message)
        try:
            body = json.loads(self.raw)
        except ValueError:
            body = None
        if not isinstance(body, kind):
            raise bad_request("The request could not be understood by the server due to malformed syntax.")
        return body
