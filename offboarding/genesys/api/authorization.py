"""Tag Authorization: divisions, and the role grants of a person."""

from __future__ import annotations

from collections.abc import Iterable

from offboarding.genesys.api.area import Area, path_of
from offboarding.genesys.records import Grant, Policy, Ref
from offboarding.genesys.shape import Shape

DELETE_GRANT = "authorization:grant:delete"


class AuthorizationArea(Area):
    def get_authorization_divisions(self) -> tuple[Ref, ...]:
        """GET /api/v2/authorization/divisions, every page. No permission declared. 200."""
        return tuple(row.ref() for row in self._pages("/api/v2/authorization/divisions"))

    def get_authorization_role_users(self, role_id: str) -> tuple[str, ...]:
        """GET /api/v2/authorization/roles/{roleId}/users: the ids of who holds it, every page. 200.

        No permission declared. Whether those are among them who hold it through a group is not documented. Model
        `UserReferenceEntityListing`.
        """
        path = path_of("/api/v2/authorization/roles/{roleId}/users", roleId=role_id)
        return tuple(row.text("id") for row in self._pages(path))

    def get_authorization_subject(
        self, subject_id: str, *, include_duplicates: bool = False, include_full_roles: bool = False
    ) -> tuple[Grant, ...]:
        """GET /api/v2/authorization/subjects/{subjectId}: every grant, not paged. 200.

        Needs authorization:grant:view. A grant whose `subject_id` is another one is inherited from that
        group; a role held both ways shows both grants only with `include_duplicates`, and which of them without
        is not documented. Removed grants may show for seconds. With `include_full_roles` each grant has its role's
        policies, and one without them is NotUnderstood.

        Inferred: that this id may be an OAuth client's, that the policies come with that parameter, that "*" is
        the division of a grant in all divisions, and that a condition narrows a policy. Models `AuthzSubject`,
        `AuthzGrant`, `AuthzGrantRole` and `AuthzGrantPolicy`.
        """
        path = path_of("/api/v2/authorization/subjects/{subjectId}", subjectId=subject_id)
        query = {"includeDuplicates": include_duplicates or None, "includeFullRoles": include_full_roles or None}
        answer = self._get(path, query=query, permission="authorization:grant:view")
        return tuple(_grant(row, include_full_roles) for row in answer.each("grants"))

    def post_authorization_subject_bulkremove(self, subject_id: str, pairs: Iterable[tuple[str, str]]) -> None:
        """POST /api/v2/authorization/subjects/{subjectId}/bulkremove. Needs authorization:grant:delete. 204.

        `pairs` are (role id, division id). All of it fails when a role or division no longer exists: then
        remove the grants one by one. Never sent twice when the outcome of the first is unknown.
        """
        path = path_of("/api/v2/authorization/subjects/{subjectId}/bulkremove", subjectId=subject_id)
        body = {"grants": [{"roleId": role, "divisionId": division} for role, division in pairs]}
        self._call("POST", path, json=body, permission=DELETE_GRANT)

    def delete_authorization_subject_division_role(self, subject_id: str, division_id: str, role_id: str) -> None:
        """DELETE /api/v2/authorization/subjects/{subjectId}/divisions/{divisionId}/roles/{roleId}. Any 2xx.

        Needs authorization:grant:delete. NotThere when it is not granted.
        """
        path = path_of(
            "/api/v2/authorization/subjects/{subjectId}/divisions/{divisionId}/roles/{roleId}",
            subjectId=subject_id,
            divisionId=division_id,
            roleId=role_id,
        )
        self._call("DELETE", path, permission=DELETE_GRANT)


def _grant(row: Shape, full: bool) -> Grant:
    role = row.inside("role")
    policies = tuple(_policy(each) for each in role.each("policies")) if full else ()
    return Grant(role.ref(), row.inside("division").ref(), row.text("subjectId"), policies)


def _policy(row: Shape) -> Policy:
    domain, entity = row.text("domain"), row.text("entityName")
    names = tuple(f"{domain}:{entity}:{action}" for action in row.texts_or_empty("actions"))
    return Policy(names, conditional=bool(row.text_or("condition")))
