"""Which handler answers which method and path, and which permission it asks for."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from .call import Answer, Call
from .errors import api_error

Handler = Callable[[Call], Answer]


@dataclass(frozen=True)
class Route:
    method: str
    template: str
    pattern: re.Pattern[str]
    handler: Handler
    any_of: tuple[str, ...] = ()
    all_of: tuple[str, ...] = ()
    locked: bool = True  # False: the handler takes the org's lock itself, only as long as it must

    def check_permission(self, removed: set[str]) -> None:
        """Raises 403 in the API's two ways: all of these are needed, or any of them."""
        missing = [name for name in self.all_of if name in removed]
        if missing:
            message = "Unable to perform the requested action. You are missing the following permission(s): "
            raise api_error(403, "missing.permissions", message + ", ".join(missing))
        if self.any_of and all(name in removed for name in self.any_of):
            if len(self.any_of) == 1:
                message = "Unable to perform the requested action. You are missing the following permission(s): "
                raise api_error(403, "missing.permissions", message + self.any_of[0])
            message = "Unable to perform the requested action. You must have at least one of the following permissions assigned: "  # noqa: E501
            raise api_error(403, "missing.any.permissions", message + str(list(self.any_of)))


class Router:
    """Routes of one family. A path template names its parameters in braces: `/api/v2/users/{userId}`."""

    def __init__(self) -> None:
        self._routes: dict[str, list[Route]] = {}

    def on(
        self,
        method: str,
        template: str,
        *,
        any_of: tuple[str, ...] = (),
        all_of: tuple[str, ...] = (),
        locked: bool = True,
    ) -> Callable[[Handler], Handler]:
        pattern = re.compile("^" + re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(template)) + "$")

        def register(handler: Handler) -> Handler:
            route = Route(method, template, pattern, handler, any_of, all_of, locked)
            self._routes.setdefault(method, []).append(route)
            return handler

        return register

    def find(self, method: str, path: str) -> tuple[Route, dict[str, str]] | None:
        """The first route that fits, in the order of registration: fixed paths stand before `{ids}`."""
        for route in self._routes.get(method, []):
            if match := route.pattern.match(path):
                return route, match.groupdict()
        return None

    @property
    def routes(self) -> list[Route]:
        """Every route there is, in the order of registration within a method."""
        return [route for routes in self._routes.values() for route in routes]

    @property
    def permissions(self) -> set[str]:
        return {name for route in self.routes for name in (*route.any_of, *route.all_of)}
