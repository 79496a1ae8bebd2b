"""Signs messages as Standard Webhooks says: a receiver can check them with any of its libraries. No HTTP here."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime

PREFIX = "whsec_"


class BadSecret(Exception):
    """A secret cannot be used. Nothing is sent: a receiver that expects a signature must not get used to none."""

    def __init__(self, problem: str, remedy: str) -> None:
        super().__init__(problem)
        self.problem = problem
        self.remedy = remedy


def secrets_in(setting: str) -> tuple[str, ...]:
    """The secrets of DEPROVISION_WEBHOOK_SECRET, the current one first: separated by spaces or commas."""
    return tuple(setting.replace(",", " ").split())


def headers_of(message_id: str, at: datetime, body: bytes, secrets: Sequence[str]) -> dict[str, str]:
    """The headers `webhook-id`, `webhook-timestamp` (Unix seconds) and, with secrets, `webhook-signature`.

    A signature is `v1,` and the base64 of HMAC-SHA256 over `id.timestamp.body`; the header lists one for each secret,
    separated by spaces, so that a receiver may go from one to the next without losing a message (Standard Webhooks,
    "Signature scheme"). A secret that starts with `whsec_` is base64 after the prefix, any other is its UTF-8 text.
    Raises BadSecret, which names a secret by its position and never tells its text.
    """
    timestamp = str(int(at.timestamp()))
    headers = {"webhook-id": message_id, "webhook-timestamp": timestamp}
    signed = b".".join([message_id.encode(), timestamp.encode(), body])
    keys = [_key(secret, position) for position, secret in enumerate(secrets, 1)]
    if keys:
        digests = (hmac.digest(key, signed, hashlib.sha256) for key in keys)
        headers["webhook-signature"] = " ".join(f"v1,{base64.b64encode(digest).decode()}" for digest in digests)
    return headers


def _key(secret: str, position: int) -> bytes:
    if not secret.startswith(PREFIX):
        return secret.encode()
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except ValueError:
        key = b""
    if not key:
        raise BadSecret(
            f"Secret number {position} in DEPROVISION_WEBHOOK_SECRET starts with {PREFIX}, but what follows is not "
            "base64.",
            "Copy the whole secret again from where it was made; without the prefix it is used as plain text.",
        ) from None
    return key
