"""A sandbox in a thread, over a real socket, for tests."""

from __future__ import annotations

import json
import threading
import urllib.error
import urllib.request
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import urlencode

from . import oauth
from .options import Options
from .server import SandboxServer, listen
from .state import Org


class SandboxThread:
    """`with SandboxThread() as sandbox:` serves on a free port; `sandbox.url` is its address.

    `options` are those of `options.Options`. The rate limit is out of the way unless one is given.
    """

    client_id, client_secret = oauth.CLIENT_ID, oauth.CLIENT_SECRET

    def __init__(
        self,
        *,
        people: int = 60,
        conversations: int | None = None,
        seed: int = 1,
        article: bool = False,
        state: Path | None = None,
        today: date | None = None,
        port: int = 0,
        **options: Any,
    ) -> None:
        values = {"rate_limit": 100_000, "referential_rule": article} | options
        self.org = Org(
            seed=seed,
            people=people,
            conversations=conversations,
            options=Options().changed(values),
            article=article,
            state=state,
            today=today,
        )
        self._port = port
        self._server: SandboxServer | None = None

    def __enter__(self) -> SandboxThread:
        self._server = listen(self.org, "127.0.0.1", self._port)
        self.url = self._server.url
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._server:
            self._server.stop()
            self._server = None

    def control(self, method: str, path: str, body: Any = None) -> Any:
        """One call of the control plane, by its path after /__sandbox__/; RuntimeError when refused."""
        data = None if body is None else json.dumps(body).encode()
        url = f"{self.url}/__sandbox__/{path.lstrip('/')}"
        request = urllib.request.Request(  # noqa: S310
            url, data, {"Content-Type": "application/json"}, method=method
        )
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
                text = answer.read()
        except urllib.error.HTTPError as refused:
            with refused:
                raise RuntimeError(f"{method} {path}: {refused.code} {refused.read().decode()}") from None
        return json.loads(text) if text else None

    def post(self, path: str, body: Any = None) -> Any:
        return self.control("POST", path, {} if body is None else body)

    def get(self, path: str) -> Any:
        return self.control("GET", path)

    def reset(self) -> None:
        self.post("reset")

    def calls(self, *, after: int = 0, method: str = "", path: str = "") -> list[dict[str, Any]]:
        """The recorded calls, oldest first; `path` is a regular expression."""
        query = urlencode({"after": after, "method": method, "path": path})
        found: list[dict[str, Any]] = self.get(f"calls?{query}")["calls"]
        return found

    def clear_calls(self) -> None:
        self.control("DELETE", "calls")

    def faults(self, *faults: dict[str, Any]) -> list[dict[str, Any]]:
        """Adds faults; without any it lists those there are."""
        if not faults:
            listed: list[dict[str, Any]] = self.get("faults")["faults"]
            return listed
        added: list[dict[str, Any]] = self.post("faults", list(faults))["faults"]
        return added

    def clear_faults(self) -> None:
        self.control("DELETE", "faults")

    def people(self, why: str = "") -> list[dict[str, Any]]:
        """Everybody of a kind, as {id, scim_id, name, email, state, version, conversations, why}."""
        found: list[dict[str, Any]] = self.get("people")["people"]
        return [each for each in found if not why or why in each["why"]]

    def person(self, why: str = "plain agent") -> dict[str, Any]:
        """The first person of a kind; raises KeyError naming the kinds there are."""
        found = self.people(why)
        if not found:
            raise KeyError(f"nobody is {why!r}; there are {', '.join(self.get('people')['tags'])}")
        return found[0]

    def state(self, person_id: str) -> dict[str, Any]:
        """Everything the sandbox knows of a person: `people.Person` and what comes through others."""
        found: dict[str, Any] = self.get(f"people/{person_id}")
        return found

    def change(self, person_id: str, **fields: Any) -> dict[str, Any]:
        """Sets fields of a person, as somebody else in the org might."""
        found: dict[str, Any] = self.control("PATCH", f"people/{person_id}", fields)
        return found

    def name_id(self, kind: str, name: str) -> str:
        """The id of a thing by name: name_id("queue", "VIP")."""
        return self.org.catalogue.by_name[f"{kind}:{name}"]

    def options(self, **options: Any) -> dict[str, Any]:
        found: dict[str, Any] = self.post("options", options)
        return found

    def login(self, person_id: str) -> str:
        """Signs a person in and gives their token; raises RuntimeError when the org refuses."""
        token: str = self.post("login", {"person": person_id})["token"]
        return token

    def remove_permissions(self, *names: str) -> None:
        self.post("permissions", {"remove": list(names)})

    def restore_permissions(self, *names: str) -> None:
        self.post("permissions", {"restore": list(names)})

    def grant_in(self, *divisions: str) -> None:
        """The grants of the OAuth client show its role in these divisions alone, by name; none: no grant at all."""
        self.post("permissions", {"divisions": [self.name_id("division", each) for each in divisions]})

    def grant_everywhere(self) -> None:
        """As at the start: the grants of the OAuth client show its role in all divisions."""
        self.post("permissions", {"divisions": ["*"]})

    def expire_tokens(self) -> None:
        self.post("tokens/expire")
