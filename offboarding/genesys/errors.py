"""What can go wrong between us and Genesys Cloud, named by what the caller should do about it.

No HTTP here: `exchange.py`, `transport.py` and the parsing raise these, steps and pages act on them. No error
carries a token, a query string or a body: those hold secrets and personal data.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

# The one table of remedies. 401, 403, 404, 409 and 429 follow the article's "Common Errors & Debugging", with
# what its words mean for the documented API.
REMEDIES: Mapping[str, str] = {
    "credentials": (
        "Verify GENESYS_CLIENT_ID and GENESYS_CLIENT_SECRET in .env, and that GENESYS_DOMAIN is the region "
        "of the org. Check that the OAuth client is active and that its grant type is Client Credentials."
    ),
    "scim_token": (
        "Verify GENESYS_SCIM_TOKEN in .env, and that GENESYS_SCIM_URL is the server that gave it. Ask whoever runs "
        "that server whether the token has ended."
    ),
    "address": (
        "The org only lets listed addresses in. Add this machine's address to the IP allow-list of the org "
        "in the Genesys Cloud admin console."
    ),
    "permission": (
        "The OAuth client lacks a permission. Give its role {permission} in every division, in the Genesys "
        "Cloud admin console. Scopes make no difference to a Client Credentials client."
    ),
    "absent": (
        "It does not exist, or was already deleted. Validate the id. SCIM ids differ from Genesys Cloud ids "
        "in some orgs: use the id that the SCIM listing returned. A removal that finds nothing counts as "
        "done once it is read back."
    ),
    "moved": "Somebody changed it at the same moment. Read it again and repeat with the new version.",
    "held": (
        "The person still has active queue assignments, routing profile bindings or role memberships. Make "
        "sure that the steps that leave queues and remove roles ended, check for hidden assignments in "
        "shared routing profiles, then retry."
    ),
    "rate": (
        "The rate limit of Genesys Cloud was reached. Running work goes on by itself at that time, which Genesys "
        "Cloud gave (Retry-After); a page can be loaded again then. Nothing needs to be started twice."
    ),
    "paced": (
        "This console keeps below the rate limit of Genesys Cloud, and sent nothing. Running work goes on by itself at "
        "that time; a page can be loaded again then. Nothing needs to be started twice."
    ),
    "quota": (
        "A wait this long is a daily quota, not the limit per minute. The work goes on by itself at that "
        "time; if that is too late, ask Genesys Cloud Customer Care to raise the quota."
    ),
    "trouble": (
        "Genesys Cloud has trouble of its own. The work goes on by itself at that time; see "
        "https://status.mypurecloud.com if it lasts."
    ),
    "unreachable": (
        "Check that this machine reaches the internet, that GENESYS_DOMAIN and GENESYS_LOGIN_URL are right "
        "and that no firewall stands between, then try again."
    ),
    "slow": "Genesys Cloud did not answer in time. Try again in a minute; check the network if it lasts.",
    "unknown": (
        "The change may or may not have been made. Look at the person again before repeating it: what is "
        "already done is then skipped."
    ),
    "certificate": (
        "The host could not prove who it is. Check GENESYS_DOMAIN, and whether a proxy in between opens "
        "encrypted connections. Never switch the check off."
    ),
    "language": (
        "Something that is not the Genesys Cloud API answered, or the API changed. Check GENESYS_DOMAIN, "
        "GENESYS_LOGIN_URL and any proxy in between; if they are right, report it with the correlation id."
    ),
    "refused": ("Genesys Cloud refused the call. Report it to Genesys Cloud Customer Care with the correlation id."),
    "id": "Use an id that Genesys Cloud gave, as shown on the person's page.",
    "number": "Nothing was changed by this call. It is a mistake of this program: report it.",
    "read_only": "Nothing was sent. Unset GENESYS_READ_ONLY when changes to Genesys Cloud are wanted.",
}

_NOT_ACCEPTED = {
    "credentials": "Genesys Cloud does not accept the OAuth client",
    "scim_token": "The SCIM server does not accept GENESYS_SCIM_TOKEN",
}
# Words only, as all documented codes are: ids and secrets have digits, and a host may send back what it was sent.
_CODE = re.compile(r"[A-Za-z][A-Za-z._]{0,79}")
_CORRELATION = re.compile(r"[A-Za-z0-9._:-]{1,80}")
_PERMISSION = re.compile(r"\b[a-zA-Z]+:[a-zA-Z]+:[a-zA-Z]+\b")
_REFERENCES = re.compile(r"foreign.?key|referen|still (assigned|has|held)|active (queue|role)", re.IGNORECASE)
_VERSION = re.compile(r"\bversion\b", re.IGNORECASE)
# A version conflict may arrive as 400: general.conflict on the platform, invalidVers in SCIM.
_CONFLICTS = frozenset({"general.conflict", "invalidVers"})


class GenesysError(Exception):
    """Anything that stopped a call. `str()` is one plain sentence; `remedy` is the next action for a person.

    `status` is None when there was no answer. `code` is the machine code of the answer ("" when none),
    `correlation_id` the header ININ-Correlation-Id that Genesys support asks for, `path` the path without
    query.
    """

    def __init__(
        self,
        problem: str,
        *,
        remedy: str,
        status: int | None = None,
        code: str = "",
        correlation_id: str = "",
        method: str = "",
        path: str = "",
    ) -> None:
        super().__init__(problem)
        self.remedy = remedy
        self.status = status
        self.code = code
        self.correlation_id = correlation_id
        self.method = method
        self.path = path


class WrongCredentials(GenesysError):
    """The OAuth client was refused, or a call was 401 right after its token was renewed: stop everything."""


class MissingPermission(GenesysError):
    """403: the OAuth client's role lacks a permission. Repeating does not help; an administrator must act."""


class NotThere(GenesysError):
    """404: no such thing. For a removal: perhaps already done; read it back."""


class ReadAgain(GenesysError):
    """The thing moved since it was read: read it again, then repeat with its new version."""


class Refused(GenesysError):
    """Any other 4xx or 5xx: repeating the same call gets the same answer."""


class StillHeld(Refused):
    """409 because queues or roles still refer to the person: empty those; reading again does not help."""


class RetryLater(GenesysError):
    """Not now, but at `at` (UTC). `outcome_unknown`: a write was sent and may have been carried out."""

    def __init__(self, problem: str, *, at: datetime, outcome_unknown: bool = False, **facts: Any) -> None:
        super().__init__(problem, **facts)
        self.at = at
        self.outcome_unknown = outcome_unknown


class Unreachable(GenesysError):
    """No connection, no trust, or no answer in time. `outcome_unknown`: a write may have been received."""

    def __init__(self, problem: str, *, outcome_unknown: bool, **facts: Any) -> None:
        super().__init__(problem, **facts)
        self.outcome_unknown = outcome_unknown


class NotUnderstood(GenesysError):
    """An answer that is not what the API documents: not JSON, a wrong shape, a missing field, a redirect."""


class ReadOnly(GenesysError):
    """GENESYS_READ_ONLY stopped a write before any connection was made."""


def safe_code(body: Any) -> str:
    """The machine code of an error body (ErrorBody `code`, SCIM `scimType`, OAuth `error`), or "".

    Only what looks like a code is let through, because an error is shown, logged and stored.
    """
    if not isinstance(body, Mapping):
        return ""
    for name in ("code", "scimType", "error"):
        value = body.get(name)
        if isinstance(value, str) and _CODE.fullmatch(value):
            return value
    return ""


def safe_correlation_id(header: str | None, body: Any = None) -> str:
    """The header ININ-Correlation-Id, else the body's `contextId`; "" when neither looks like an id."""
    for value in (header, body.get("contextId") if isinstance(body, Mapping) else None):
        if isinstance(value, str) and _CORRELATION.fullmatch(value):
            return value
    return ""


def error_from(
    status: int,
    body: Any,
    *,
    method: str,
    path: str,
    correlation_id: str = "",
    permission: str = "",
    credentials: str = "credentials",
) -> GenesysError:
    """The error that an answer of 400 or more means.

    Sources: the error codes of the Genesys Cloud API description, and RFC 7644 section 3.12 for SCIM. Waiting
    (429, 502, 503, 504) is the transport's decision and not made here. `permission` is what the operation is
    documented to need; what the answer itself names goes first. `credentials` says whose
    were sent: those of the OAuth client, or `scim_token`.
    """
    code = safe_code(body)
    facts: dict[str, Any] = {
        "status": status,
        "code": code,
        "correlation_id": correlation_id,
        "method": method,
        "path": path,
    }
    answer = f"{status}{f' {code}' if code else ''} to {method} {path}"
    text = _text_of(body)
    if status == 401:
        remedy = REMEDIES["address" if code == "ip.not.authorized" else credentials]
        return WrongCredentials(f"{_NOT_ACCEPTED[credentials]}: it answered {answer}.", remedy=remedy, **facts)
    if status == 403:
        named = " or ".join(dict.fromkeys(_PERMISSION.findall(text))) or permission or "the permission of this call"
        return MissingPermission(
            f"The OAuth client may not do this: Genesys Cloud answered {answer}.",
            remedy=REMEDIES["permission"].format(permission=named),
            **facts,
        )
    if status == 404:
        return NotThere(f"Genesys Cloud does not have this: it answered {answer}.", remedy=REMEDIES["absent"], **facts)
    conflict = status in (409, 412) or (status == 400 and code in _CONFLICTS)
    if conflict and _REFERENCES.search(f"{code} {text}") and not _VERSION.search(text):
        return StillHeld(
            f"Queues or roles still refer to the person: Genesys Cloud answered {answer}.",
            remedy=REMEDIES["held"],
            **facts,
        )
    if conflict or status == 408:
        return ReadAgain(
            f"It changed since it was read: Genesys Cloud answered {answer}.",
            remedy=REMEDIES["moved"],
            **facts,
        )
    return Refused(f"Genesys Cloud refused: it answered {answer}.", remedy=REMEDIES["refused"], **facts)


def _text_of(body: Any) -> str:
    """The words of an error body, to decide by and never to show: they may name people."""
    if not isinstance(body, Mapping):
        return ""
    words = [body.get(name) for name in ("message", "messageWithParams", "detail", "error_description", "description")]
    return " ".join(word for word in words if isinstance(word, str))[:4000]
