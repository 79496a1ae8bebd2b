"""The article's dialect (GENESYS_API_STYLE=article): the same operations, by the article's endpoints.

Only what the article shows differs; everything else is the documented API. Names and records stay, so that
steps and pages do not know which dialect is spoken. Never for Genesys' own hosts: none of these endpoints
exists there.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import ClassVar

from offboarding.genesys.api.area import path_of
from offboarding.genesys.article_history import History, select
from offboarding.genesys.client import GenesysClient
from offboarding.genesys.errors import NotThere
from offboarding.genesys.records import ConversationPage, Grant, QueueMembership, Ref

# The article's removal of a role names no division: it takes the role away in all of them.
EVERY_DIVISION = Ref("*", "every division")


class ArticleClient(GenesysClient):
    """GenesysClient in the article's dialect. The docstrings say what differs."""

    KNOWS_EQUIPMENT: ClassVar[bool] = False  # the article tells of none of it
    SHOWS_SIGN_OUT: ClassVar[bool] = False  # nor of tokens or sessions
    SCIM_USERS: ClassVar[str] = "/scim/v2/Users"
    SCIM_DELETE_HEADERS: ClassVar[Mapping[str, str]] = {"X-Genesys-Soft-Delete": "true"}

    _histories_lock = threading.Lock()
    _history: History | None = None

    def get_user_queues(self, user_id: str, *, joined: bool) -> tuple[QueueMembership, ...]:
        """From `queues` of GET /api/v2/users/{userId}: ids of direct queues, without names; all count as
        joined.
        """
        if not joined:
            return ()
        return tuple(QueueMembership(Ref(each), None, True) for each in self._ids(user_id, "queues"))

    def get_authorization_subject(
        self, subject_id: str, *, include_duplicates: bool = False, include_full_roles: bool = False
    ) -> tuple[Grant, ...]:
        """From `roles` of GET /api/v2/users/{userId}: ids of roles, each for every division.

        The article knows no permissions of a role: with `include_full_roles` the documented API is asked.
        """
        if include_full_roles:
            return super().get_authorization_subject(subject_id, include_full_roles=True)
        return tuple(Grant(Ref(each), EVERY_DIVISION, subject_id) for each in self._ids(subject_id, "roles"))

    def delete_routing_queue_member(self, queue_id: str, member_id: str) -> None:
        """DELETE /api/v2/queue/users/{userId}. 204; NotThere when no queue is left.

        The path names no queue, and whether one call leaves one queue or all is not said: read the queues
        back.
        """
        self._call("DELETE", path_of("/api/v2/queue/users/{userId}", userId=member_id), permission="queue:write")

    def post_authorization_subject_bulkremove(self, subject_id: str, pairs: Iterable[tuple[str, str]]) -> None:
        """PATCH /api/v2/identity/users/{userId}/roles with {remove: [role id]}. 2xx."""
        path = path_of("/api/v2/identity/users/{userId}/roles", userId=subject_id)
        body = {"remove": list(dict.fromkeys(role for role, _ in pairs))}
        self._call("PATCH", path, json=body, permission="identity:write")

    def delete_authorization_subject_division_role(self, subject_id: str, division_id: str, role_id: str) -> None:
        """PATCH /api/v2/identity/users/{userId}/roles with this one role."""
        self.post_authorization_subject_bulkremove(subject_id, [(role_id, division_id)])

    def delete_token(self, user_id: str) -> None:
        """POST /api/v2/users/{userId}/sessions/revoke. 2xx; 404 means that there was no session to end."""
        path = path_of("/api/v2/users/{userId}/sessions/revoke", userId=user_id)
        try:
            self._call("POST", path, permission="user:write")
        except NotThere:
            return

    def post_analytics_conversations_details_query(
        self,
        *,
        person_id: str,
        start: datetime,
        end: datetime,
        page: int,
        page_size: int,
        by_medium: bool = False,
        open_only: bool = False,
        order: str = "asc",
    ) -> ConversationPage:
        """The article's query of the last 365 days, read through once per person, cut to what was asked for
        here.

        The article's answer has no total and knows no interval, so the first question about a person walks
        all pages and remembers when each conversation started; after that a page costs only the pages it lies
        on. Raises ReadAgain when the history moved meanwhile.
        """
        with self._histories_lock:
            if self._history is None or self._history.person_id != person_id:
                self._history = History(self.transport, person_id)
            history = self._history
        chosen = select(history.rows(), start, end, open_only=open_only)
        media: dict[str, int] = {}
        if by_medium:
            for row in chosen:
                for medium in row.media:
                    media[medium] = media.get(medium, 0) + 1
        if order == "desc":
            chosen.reverse()
        wanted = chosen[(page - 1) * page_size : page * page_size]
        return ConversationPage(tuple(history.read(row) for row in wanted), len(chosen), media)

    def _ids(self, user_id: str, name: str) -> tuple[str, ...]:
        """An array that the article reads from the user. Missing is not empty: another dialect would look
        done.
        """
        answer = self._get(path_of("/api/v2/users/{userId}", userId=user_id))
        if answer.value.get(name) is None:
            raise answer.lacks(name, "a list")
        return answer.texts_or_empty(name)
