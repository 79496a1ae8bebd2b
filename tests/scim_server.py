"""A SCIM server that is not Genesys Cloud: RFC 7643 and 7644 and nothing more, strict about what they ask of a client.

Its ids are its own, its ETags weak, a listing gives one resource a page, and `active`, which RFC 7643 calls optional,
is left out. What it deletes is told to `deleted`, which is how an org learns of it.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

ROOT = "/scim/v2/Users"
PARAMETERS = {"filter", "startIndex", "count", "attributes", "excludedAttributes", "sortBy", "sortOrder"}
ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"
LIST = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
USER = "urn:ietf:params:scim:schemas:core:2.0:User"


@dataclass
class ScimServer:
    """`users` by SCIM id, as {userName, displayName}; `calls` as (method, path, status).

    `changes_before_a_deletion`: so often somebody else changes the resource right before it, and its ETag is stale.
    """

    token: str
    deleted: Callable[[str], Any] = lambda scim_id: None
    users: dict[str, dict[str, str]] = field(default_factory=dict)
    versions: dict[str, int] = field(default_factory=dict)
    calls: list[tuple[str, str, int]] = field(default_factory=list)
    changes_before_a_deletion: int = 0
    url: str = ""

    def etag(self, scim_id: str) -> str:
        return f'W/"{self.versions.get(scim_id, 1)}"'

    def answer(self, method: str, target: str, headers: Any) -> tuple[int, dict[str, str], dict[str, Any] | None]:
        parts, query = urlsplit(target), parse_qs(urlsplit(target).query)
        scim_id = unquote(parts.path.removeprefix(ROOT).removeprefix("/"))
        if headers["Authorization"] != f"Bearer {self.token}":
            return _error(401, "The token is not known here.")
        if not {"application/scim+json", "application/json", "*/*"} & set(headers["Accept"].split(",")):
            return _error(406, "Only JSON is spoken here.")
        if not parts.path.startswith(ROOT) or query.keys() - PARAMETERS:
            return _error(404 if not query else 400, "Not of RFC 7644.")
        if method == "GET" and not scim_id:
            return self._list({name: values[0] for name, values in query.items()})
        if scim_id not in self.users:
            return _error(404, f"Resource {scim_id} not found")
        if method == "GET":
            return 200, {"ETag": self.etag(scim_id)}, self._resource(scim_id)
        if method != "DELETE":
            return _error(501, "Not needed here.")
        if self.changes_before_a_deletion:
            self.changes_before_a_deletion -= 1
            self.versions[scim_id] = self.versions.get(scim_id, 1) + 1
        if headers["If-Match"] != self.etag(scim_id):
            return _error(412, "Failed to update. Resource has changed on the server.")
        del self.users[scim_id]
        self.deleted(scim_id)
        return 204, {}, None

    def _list(self, query: dict[str, str]) -> tuple[int, dict[str, str], dict[str, Any] | None]:
        name, operator, value = query["filter"].split(" ", 2)
        if operator != "eq" or name not in {"userName", "displayName"}:
            return _error(400, "Only eq is known here.", "invalidFilter")
        wanted = json.loads(value).casefold()  # userName is not case exact, RFC 7643 section 4.1.1
        found = [each for each, user in self.users.items() if user[name].casefold() == wanted]
        start = int(query.get("startIndex", 1))
        page = [self._resource(each) for each in found[start - 1 : start]]
        told = {"schemas": [LIST], "totalResults": len(found), "startIndex": start, "itemsPerPage": len(page)}
        return 200, {}, told | ({"Resources": page} if page else {})

    def _resource(self, scim_id: str) -> dict[str, Any]:
        meta = {"resourceType": "User", "version": self.etag(scim_id), "location": f"{self.url}/Users/{scim_id}"}
        return {"schemas": [USER], "id": scim_id, "meta": meta, **self.users[scim_id]}


def _error(status: int, detail: str, kind: str = "") -> tuple[int, dict[str, str], dict[str, Any] | None]:
    body = {"schemas": [ERROR], "status": str(status), "detail": detail}
    return status, {}, body | ({"scimType": kind} if kind else {})


@contextmanager
def scim_server(token: str) -> Iterator[ScimServer]:
    """Serves on a free port of loopback."""
    served = ScimServer(token)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def reply(self) -> None:
            status, headers, body = served.answer(self.command, self.path, self.headers)
            served.calls.append((self.command, urlsplit(self.path).path, status))
            sent = b"" if body is None else json.dumps(body).encode()
            self.send_response(status)
            for name, value in {"Content-Type": "application/scim+json", **headers}.items():
                self.send_header(name, value)
            if body is not None:
                self.send_header("Content-Length", str(len(sent)))
            self.end_headers()
            self.wfile.write(sent)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = reply

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.block_on_close = False
    served.url = f"http://127.0.0.1:{server.server_port}/scim/v2"
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield served
    finally:
        server.shutdown()
        server.server_close()
