"""Tags License and OAuth: what a person's account costs, and the OAuth clients of the org."""

from __future__ import annotations

from offboarding.genesys.api.area import Area, path_of
from offboarding.genesys.records.holdings import License, OAuthClient


class AccountsArea(Area):
    def get_license_user(self, user_id: str) -> tuple[License, ...]:
        """GET /api/v2/license/users/{userId}. Needs authorization:license:view or authorization:grant:add. 200.

        Licences follow the permissions: removing the roles frees them. Models `LicenseUser` and
        `LicenseDefinition`.
        """
        path = path_of("/api/v2/license/users/{userId}", userId=user_id)
        answer = self._get(path, permission="authorization:license:view or authorization:grant:add")
        return tuple(License(row.text("id"), row.text_or("description")) for row in answer.each("licenses"))

    def get_oauth_clients(self) -> tuple[OAuthClient, ...]:
        """GET /api/v2/oauth/clients: every client of the org. Needs oauth:client:view. 200.

        Not paged: no query is documented. The answer has the secrets; they are not kept. Models
        `OAuthClientEntityListing` and `OAuthClient`.
        """
        rows = self._get("/api/v2/oauth/clients", permission="oauth:client:view").entities()
        return tuple(
            OAuthClient(
                id=row.text("id"),
                name=row.text_or("name"),
                state=row.text_or("state"),
                grant_type=row.text_or("authorizedGrantType"),
                created_by=row.ref_or_none("createdBy"),
                modified_by=row.ref_or_none("modifiedBy"),
            )
            for row in rows
        )
