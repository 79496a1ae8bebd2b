"""Signs messages as Standard Webhooks says: a receiver can check them with any of its libraries. No HTTP here."""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import datetime

PREFIX = "whsec_"


class BadSecret(Exception):
    """The secret cannot be used. Nothing is sent: a receiver that expects a signature must not get used to none."""

    problem = f"DEPROVISION_WEBHOOK_SECRET starts with {PREFIX}, but what follows is not base64."
    remedy = "Copy the whole secret again from where it was made; without the prefix it is used as plain text."


def headers_of(message_id: str, at: datetime, body: bytes, secret: str) -> dict[str, str]:
    """The headers `webhook-id`, `webhook-timestamp` (Unix seconds) and, with a secret, `webhook-signature`.

    The signature is `v1,` and the base64 of HMAC-SHA256 over `id.timestamp.body` (Standard Webhooks, "Signature
    scheme"). A secret that starts with `whsec_` is base64 after the prefix, any other is its UTF-8 text.
    Raises BadSecret.
    """
    timestamp = str(int(at.timestamp()))
    headers = {"webhook-id": message_id, "webhook-timestamp": timestamp}
    if secret:
        signed = b".".join([message_id.encode(), timestamp.encode(), body])
        digest = hmac.digest(_key(secret), signed, hashlib.sha256)
        headers["webhook-signature"] = f"v1,{base64.b64encode(digest).decode()}"
    return headers


def _key(secret: str) -> bytes:
    if not secret.startswith(PREFIX):
        return secret.encode()
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except ValueError as error:
        raise BadSecret from error
    if not key:
        raise BadSecret
    return key
