"""What the operations of GenesysClient are for, in words: what works, or will not, with the client's permissions.

Each operation that needs a permission belongs to exactly one ability; without all of its operations it does not work.
"""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass

from offboarding.genesys.permissions import needs


@dataclass(frozen=True, slots=True)
class Ability:
    """`words` stand after "Works:" and "Will not work:"."""

    words: str
    operations: tuple[str, ...]

    def missing(self, granted: Set[str]) -> tuple[str, ...]:
        """The permissions that have to be granted for it, "a or b" where either would do; none when it works."""
        lacking = (name for need in needs() if need.operation in self.operations for name in need.missing(granted))
        return tuple(dict.fromkeys(lacking))


# In the order of the work: find, cut access, empty, archive, delete.
ABILITIES = (
    Ability("Finding people", ("post_users_search",)),
    Ability("Suspending sign-in", ("get_user_state", "put_user_state")),
    Ability("Signing out everywhere", ("delete_token",)),
    Ability("Seeing live sessions", ("get_analytics_agent_status",)),
    Ability("Looking into live conversations", ("get_conversation",)),
    Ability("Handing live conversations back to a queue", ("post_conversation_participant_replace_queue",)),
    Ability("Seeing queues", ("get_routing_queue_members", "get_user_queues")),
    Ability("Leaving queues", ("delete_routing_queue_member",)),
    Ability("Seeing direct routing backups", ("get_routing_user_directroutingbackup_settings",)),
    Ability(
        "Ending direct routing backups",
        ("delete_routing_user_directroutingbackup_settings", "put_routing_user_directroutingbackup_settings"),
    ),
    Ability("Seeing roles", ("get_authorization_subject",)),
    Ability(
        "Taking away roles", ("delete_authorization_subject_division_role", "post_authorization_subject_bulkremove")
    ),
    Ability("Seeing licences", ("get_license_user",)),
    Ability("Leaving the team", ("delete_team_members", "get_team_members")),
    Ability(
        "Clearing skills",
        (
            "put_user_routingskills_bulk",
            "delete_user_routingskill",
        ),
    ),
    Ability("Clearing languages", ("delete_user_routinglanguage",)),
    Ability("Seeing skill groups", ("get_user_skillgroups",)),
    Ability("Seeing utilization", ("get_routing_user_utilization",)),
    Ability("Resetting utilization", ("delete_routing_user_utilization",)),
    Ability("Seeing stations", ("get_user_station",)),
    Ability("Releasing the station in use", ("delete_user_station_associatedstation",)),
    Ability("Releasing the default station", ("delete_user_station_defaultstation",)),
    Ability(
        "Seeing phones and direct numbers",
        ("get_telephony_providers_edges_dids", "get_telephony_providers_edges_phones"),
    ),
    Ability("Deleting phones", ("delete_telephony_providers_edges_phone",)),
    Ability("Taking numbers off a person", ("patch_user",)),
    Ability("Seeing call forwarding", ("get_user_callforwarding",)),
    Ability("Stopping call forwarding", ("patch_user_callforwarding",)),
    Ability("Seeing voicemail settings", ("get_voicemail_userpolicy",)),
    Ability("Seeing the workforce unit", ("get_workforcemanagement_agent_managementunit",)),
    Ability("Leaving the workforce unit", ("post_workforcemanagement_agents",)),
    Ability("Seeing evaluations", ("get_quality_evaluations_query",)),
    Ability("Seeing work items", ("post_taskmanagement_workitems_query",)),
    Ability("Seeing coaching and learning", ("get_users_development_activities",)),
    Ability("Seeing OAuth clients that a person made", ("get_oauth_clients",)),
    Ability("Seeing second factors", ("get_user_verifiers",)),
    Ability(
        "Archiving conversations",
        (
            "delete_analytics_conversations_details_job",
            "get_analytics_conversations_details_job",
            "get_analytics_conversations_details_job_results",
            "get_analytics_conversations_details_jobs_availability",
            "post_analytics_conversations_details_jobs",
            "post_analytics_conversations_details_query",
        ),
    ),
    Ability("Deleting through SCIM", ("delete_scim_v2_user",)),
)
