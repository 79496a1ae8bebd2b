"""Tags Organization and Tokens: which org this is, and ending somebody's sign-ins."""

from __future__ import annotations

from offboarding.genesys.api.area import Area, path_of
from offboarding.genesys.records import Organization, TokenInfo


class OrganizationArea(Area):
    def get_organizations_me(self) -> Organization:
        """GET /api/v2/organizations/me. No permission declared. 200."""
        answer = self._get("/api/v2/organizations/me")
        return Organization(answer.text("id"), answer.text("name"))

    def get_tokens_me(self) -> TokenInfo:
        """GET /api/v2/tokens/me: the org and OAuth client of our own token. No permission. 200."""
        answer = self._get("/api/v2/tokens/me")
        return TokenInfo(organization=answer.inside("organization").ref(), client=answer.ref_or_none("OAuthClient"))

    def delete_token(self, user_id: str) -> None:
        """DELETE /api/v2/tokens/{userId}: ends every token of the person. Needs oauth:token:delete. 204.

        It does not stop a new sign-in: set the state to inactive first. Repeatable.
        """
        self._call("DELETE", path_of("/api/v2/tokens/{userId}", userId=user_id), permission="oauth:token:delete")
