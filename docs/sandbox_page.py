"""The page docs/sandbox.md: what the sandbox serves, what is inferred, and what it does not imitate."""

from __future__ import annotations

import csv
import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path

from docs import sandbox_open
from offboarding import sandbox
from offboarding.sandbox.options import Options
from offboarding.sandbox.router import Handler, Route
from offboarding.sandbox.routes import ARTICLE, PLATFORM
from tests.peer.calls import CALLS

OPERATIONS = Path(__file__).resolve().parents[1] / "tests" / "genesys" / "operations.tsv"

HEAD = """\
# The sandbox

`./dev run` and `manage.py sandbox` start an imitation of a Genesys Cloud org: one process that speaks HTTP on a
loopback address, made-up people, no account anywhere. This page says how far it goes. The tests make no call to it
that is not one of the operations below with query parameters and body fields that are documented for it, nor one that
leaves out a required field; `tests/documented.py` fails the run otherwise.

`./dev test --peer` compares it with the vendor's own SDK: every operation that is marked so has its
call in `tests/peer/calls.py`, and is asked for by this product's client, and by the same client with the SDK in the
place of its transport. The SDK has to send the same call (path, query, body through its model), to understand the same
answer, field by field, and to leave the person in the same state; errors have to be the same; and no answer may hold a
field or a value that the SDK's models do not know. In the end a whole deprovisioning is carried out by the SDK alone.
It is pinned in `requirements/peer.txt` and lives in `.venv/peer`.

This file is written by `docs/reference.py` from the routes and options of the sandbox.
"""

NOT_IMITATED = """\
## Deliberately not imitated

- **Every other operation.** 404 `not.found`, so that a call that is not meant fails loudly. Among them: recordings,
  notifications, the audit service, GDPR requests, `me` routes other than `/tokens/me` and `/organizations/me`.
- **Other grants and login pages.** Client credentials only. Scopes are ignored, as the real service ignores them for
  this grant.
- **Permissions by division.** A permission that the control plane removes is gone everywhere. Of what lies in a
  division that the client's role does not cover, the queues are missing from the listings (inferred), grants cannot be
  taken away (403 `missing.division.permissions`, documented), and a search with `enforcePermissions` does not find
  people (documented). The product's help names users, queues, management units, coaching appointments, extensions and
  learning modules as objects of divisions, and conversations, recordings, presence history and audit data as seen by
  division; it adds that users and queues are seen in some views whatever the division. No document says what an API
  client then gets, so these are not imitated: people by id, in listings and through SCIM (no permission is declared
  for reading them), changes of a person of another division, a single queue and its members, teams (which carry a
  division, and are not among the objects that the help names), management units, coaching, conversations and the
  analytics of them.
- **Access policies, address allow-lists, quotas by operation or by day.** One window of calls for each token,
  and where asked for one of its own for `/users` and for SCIM: no list of the operations with less is published.
- **Answers of a removal of group members that tell what failed.** There is none: 202 with an empty body, whatever comes
  of it. Moving WFM agents tells a result for each; DestinationManagementUnitDoesNotExist and
  DestinationManagementUnitAgentLimitExceeded belong to a destination, and nobody is moved into a unit here.
- **Users' own calls.** A token that the control plane gives a person opens `/api/v2/tokens/me`, so that it can be
  seen to die, and nothing else.
- **Trouble by itself.** Timeouts, 5xx, broken and truncated answers come only when asked for: `POST
  /__sandbox__/faults`. The control plane (`GET /__sandbox__/` lists it) is no part of the imitated API.
- **What people do meanwhile.** Nothing changes unless a call changes it; `PATCH /__sandbox__/people/{userId}` plays
  somebody else in the org.
- **Parameters that nothing here needs.** A documented one that has no effect on what is asked here is ignored.
- **Licence prices, routing of calls, media, and everything else behind the records.**
"""


def as_markdown() -> str:
    parts = [
        HEAD,
        f"## Operations served: {len(PLATFORM.routes)}\n\nNamed as in the official Python SDK.\n",
        "| Operation | Call | Permission | Compared |\n| --- | --- | --- | --- |\n"
        + "".join(map(_row, sorted(PLATFORM.routes, key=_name))),
        f"With `--article` these {len(ARTICLE.routes)} routes are served before those above ([why](article.md)):\n",
        "".join(sorted(f"- `{route.method} {route.template}`\n" for route in ARTICLE.routes)),
        "## Inferred\n\nThe documentation leaves these open; this is what the sandbox does, and what it says itself:\n",
        "".join(_inferred()),
        "## Options\n\nWhere a real org may behave in another way, or more harshly: `POST /__sandbox__/options` takes\n"
        "these names and `reset` puts them back. `--rate-limit`, `--latency-ms` and `--article` set theirs.\n",
        "| Option | At first | What it is |\n| --- | --- | --- |\n" + "".join(_options()),
        "## Left open\n\nWhat no document says, and which option has the sandbox do either. The pipeline's tests run\n"
        "with each the other way, one at a time: `tests/pipeline/test_switches.py`, `test_switches_reached.py`.\n",
        "".join(sandbox_open.as_table()),
        NOT_IMITATED,
    ]
    return "\n".join(parts)


def _names() -> dict[tuple[str, str], str]:
    rows = csv.DictReader(OPERATIONS.read_text(encoding="utf-8").splitlines(), delimiter="\t")
    return {(row["method"], row["path"]): row["operation"] for row in rows}


def _name(route: Route) -> str:
    return _names()[route.method, route.template]


def _row(route: Route) -> str:
    needed = " or ".join(f"`{each}`" for each in route.any_of) or " and ".join(f"`{each}`" for each in route.all_of)
    compared = "yes" if _name(route) in CALLS else ""
    return f"| `{_name(route)}` | `{route.method} {route.template}` | {needed} | {compared} |\n"


def _doc(thing: Handler | object) -> str:
    return " ".join((inspect.getdoc(thing) or "").replace("``", "`").split())


def _inferred() -> Iterator[str]:
    """What docstrings mark so: of the routes by operation, of other functions and of modules by their place."""
    for route in sorted(PLATFORM.routes, key=_name):
        if "inferred" in (doc := _doc(route.handler)):
            yield f"- `{_name(route)}`: {doc}\n"
    handlers = {route.handler for route in PLATFORM.routes}
    for found in pkgutil.walk_packages(sandbox.__path__, f"{sandbox.__name__}."):
        if found.name.endswith("__main__"):
            continue
        module, place = importlib.import_module(found.name), found.name.removeprefix(f"{sandbox.__name__}.")
        if said := re.search(r"nferred: (.*)", _doc(module)):
            yield f"- {place}: {said[1]}\n"
        for name, function in inspect.getmembers(module, inspect.isfunction):
            own = function.__module__ == module.__name__ and function not in handlers
            if own and "inferred" in (doc := _doc(function)):
                yield f"- {place}.{name}: {doc}\n"


def _options() -> Iterator[str]:
    """Each field of Options with the comment on its line."""
    for name, default, comment in re.findall(r"^    (\w+): \w+ = (\S+)  # (.+)$", inspect.getsource(Options), re.M):
        yield f"| `{name}` | `{default}` | {comment} |\n"
