"""The token endpoint (client credentials) and what a bearer token is good for.

Tokens are signed, not stored, so they outlive a restart of the sandbox as real ones outlive ours. The key is
no secret: the sandbox guards nothing.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from typing import Any
from urllib.parse import parse_qs

from . import clock
from .call import Answer, Call
from .errors import api_error, oauth_error
from .people import Person
from .state import Org

CLIENT_ID, CLIENT_SECRET = "sandbox", "sandbox-secret"
_KEY = b"sandbox tokens"


def issue(org: Org, person: Person | None = None) -> str:
    """A token for the OAuth client, or one of a person's own."""
    claims: dict[str, Any] = {
        "ends": clock.now().timestamp() + org.options.token_life,
        "generation": org.token_generation,
        "nonce": secrets.token_hex(4),
    }
    if person:
        claims |= {"person": person.id, "epoch": person.token_epoch}
    text = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"{text}.{_signature(text)}"


def _signature(text: str) -> str:
    return hmac.new(_KEY, text.encode(), hashlib.sha256).hexdigest()[:32]


def authenticate(org: Org, header: str) -> tuple[str, Person | None]:
    """(who calls, the person of a personal token). Raises 401 in the API's two ways."""
    kind, _, token = header.partition(" ")
    if kind.lower() != "bearer" or not token:
        message = "No authentication bearer token specified in authorization header."
        raise api_error(401, "authentication.required", message)
    text, _, signature = token.strip().partition(".")
    bad = api_error(401, "bad.credentials", "Invalid login credentials.")
    if not hmac.compare_digest(signature.encode(), _signature(text).encode()):
        raise bad
    claims = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    if claims["ends"] <= clock.now().timestamp() or claims["generation"] != org.token_generation:
        raise bad
    if "person" not in claims:
        return CLIENT_ID, None
    person = org.people.get(claims["person"])
    if person is None or person.token_epoch != claims["epoch"]:
        raise bad
    return person.id, person


def token(call: Call) -> Answer:
    """POST /oauth/token: Basic header, or id and secret in the form; `scope` is ignored, as documented."""
    form = {name: values[-1] for name, values in parse_qs(call.raw.decode("utf-8", "replace")).items()}
    client_id, secret = form.get("client_id", ""), form.get("client_secret", "")
    header = call.headers.get("authorization", "")
    if header.lower().startswith("basic "):
        try:
            client_id, _, secret = base64.b64decode(header[6:], validate=True).decode().partition(":")
        except ValueError as error:
            raise oauth_error("invalid_request", "malformed authorization header") from error
    if client_id != CLIENT_ID:
        raise oauth_error("invalid_client", "client not found")
    if not hmac.compare_digest(secret.encode(), CLIENT_SECRET.encode()):
        raise oauth_error("invalid_client", "authentication failed")
    if form.get("grant_type") != "client_credentials":
        raise oauth_error("unsupported_grant_type", "grant_type must be client_credentials")
    body = {
        "access_token": issue(call.org),
        "token_type": "bearer",
        "expires_in": call.org.options.token_life,
    }
    return Answer(200, body)
