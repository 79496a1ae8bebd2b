"""Tag Workforce Management: the unit that a person is planned in."""

from __future__ import annotations

from collections.abc import Sequence

from offboarding.genesys.api.area import Area, path_of
from offboarding.genesys.errors import NotThere
from offboarding.genesys.records.holdings import AgentMove, WorkforceUnit
from offboarding.genesys.shape import Shape

NO_UNIT = "wfm.entity.not.found"


class WorkforceArea(Area):
    def get_workforcemanagement_agent_managementunit(self, agent_id: str) -> WorkforceUnit | None:
        """GET /api/v2/workforcemanagement/agents/{agentId}/managementunit. 200; None when in no unit.

        Needs wfm:agent:view. Six broader permissions would do as well. None is 404 with the code
        wfm.entity.not.found, documented as "The requested agent is not in a management unit"; any other 404 is
        NotThere. Model `AgentManagementUnitReference`.
        """
        path = path_of("/api/v2/workforcemanagement/agents/{agentId}/managementunit", agentId=agent_id)
        try:
            answer = self._get(path, permission="wfm:agent:view")
        except NotThere as error:
            if error.code == NO_UNIT:
                return None
            raise
        business_unit = answer.ref_or_none("businessUnit")
        return WorkforceUnit(answer.inside("managementUnit").text("id"), business_unit.id if business_unit else None)

    def post_workforcemanagement_agents(self, ids: Sequence[str]) -> tuple[AgentMove, ...]:
        """POST /api/v2/workforcemanagement/agents: takes these people out of their units. Needs wfm:agent:edit. 202.

        The destination is sent as null, which is documented to mean "out of it". The answer tells a result for
        each person; asynchronous, so read the unit back. Models `MoveAgentsRequest`, `MoveAgentsResponse` and
        `MoveAgentResponse`.
        """
        path = "/api/v2/workforcemanagement/agents"
        body = {"userIds": list(ids), "destinationManagementUnitId": None}
        answer = Shape.of(self._call("POST", path, json=body, permission="wfm:agent:edit"), "POST", path)
        return tuple(AgentMove(row.inside("user").text("id"), row.text("result")) for row in answer.each("results"))
