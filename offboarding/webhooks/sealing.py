"""Secrets of endpoints as they lie in the database: made, sealed and opened. No rows, no HTTP.

The key is derived from SECRET_KEY, which is kept with the same care and outside the database already: whoever has
only a copy of the database, such as a backup, has no secret. A variable of its own would be one more thing to make,
keep and lose before the first endpoint works, and would stand in the same `.env` file, so it would protect nothing
more. SECRET_KEY is changed with SECRET_KEY_FALLBACKS, as Django does for its own signatures: the former key still
opens what it sealed, and what is sealed from then on is sealed with the new one.
"""

from __future__ import annotations

import base64
import secrets

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from offboarding.webhooks.signing import PREFIX

PURPOSE = b"offboarding: secrets of webhook endpoints, 1"
SECRET_BYTES = 32  # Standard Webhooks, "Signature scheme": between 24 and 64 bytes


class CannotOpen(Exception):
    """The text was not sealed with SECRET_KEY or one of SECRET_KEY_FALLBACKS."""


def new_secret() -> str:
    """A secret that every library of Standard Webhooks takes: `whsec_` and the base64 of 32 random bytes."""
    return PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def seal(secret: str) -> str:
    """The secret encrypted and authenticated (Fernet: AES-128-CBC, HMAC-SHA256), as text for a row."""
    return _keys().encrypt(secret.encode()).decode()


def opened(sealed: str) -> str:
    """The secret that `seal` was given. Raises CannotOpen."""
    try:
        return _keys().decrypt(sealed.encode()).decode()
    except InvalidToken:
        raise CannotOpen from None


def _keys() -> MultiFernet:
    return MultiFernet([Fernet(_key(text)) for text in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)])


def _key(text: str) -> bytes:
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=PURPOSE).derive(text.encode())  # RFC 5869
    return base64.urlsafe_b64encode(derived)
