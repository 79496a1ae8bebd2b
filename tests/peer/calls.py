"""One realistic call for each operation of the client, on a person who holds everything."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from offboarding.genesys.client import GenesysClient
from offboarding.genesys.records import Contact, Skill
from offboarding.genesys.records.holdings import DirectRoutingBackup
from offboarding.sandbox.testing import SandboxThread

EXPAND = (
    *("authorization", "groups", "team", "skills", "languages", "station", "routingStatus", "presence"),
    *("conversationSummary", "lasttokenissued", "dateLastLogin", "outOfOffice"),
)


class Facts:
    """What the org knows of the person, by the names that the calls need."""

    def __init__(self, org: SandboxThread) -> None:
        tagged = org.person("holds everything and talks")
        self.state = org.state(tagged["id"])
        self.id, self.scim_id = self.state["id"], self.state["scim_id"]
        self.email, self.manager = self.state["email"], self.state["manager_id"]
        self.queue, self.group, self.team = self.state["queues"][0], self.state["groups"][0], self.state["team"]
        self.role, self.division, _ = self.state["grants"][0]
        self.language, self.skill = next(iter(self.state["languages"])), next(iter(self.state["skills"]))
        self.phone, self.version = self.state["phones"][0]["id"], self.state["version"]
        self.live = self.state["live"][0]["id"]
        self.other_queue = org.name_id("queue", "VIP")
        self.dynamic = org.name_id("group", "All Staff")
        self.end = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
        self.start = self.end - timedelta(days=31)


Call = Callable[[GenesysClient, Facts], Any]


def _participant(client: GenesysClient, has: Facts) -> str:
    found = client.get_conversation(has.live).participants
    return next(each.id for each in found if each.user_id == has.id)


def _job(client: GenesysClient, has: Facts) -> str:
    return client.post_analytics_conversations_details_jobs(person_id=has.id, start=has.start, end=has.end)


def _job_pages(client: GenesysClient, has: Facts) -> list[Any]:
    job, cursor, pages = _job(client, has), None, []
    client.get_analytics_conversations_details_job(job)
    while True:
        page = client.get_analytics_conversations_details_job_results(job, cursor=cursor, page_size=5)
        pages.append(page.conversations)
        if (cursor := page.cursor) is None:
            return pages


def _history(client: GenesysClient, has: Facts, **more: Any) -> Any:
    window = {"person_id": has.id, "start": has.start, "end": has.end, "page": 1, "page_size": 100}
    return client.post_analytics_conversations_details_query(**window | more)


def _search(client: GenesysClient, has: Facts) -> Any:
    criteria = [{"fields": ["name", "email"], "type": "CONTAINS", "value": "an"}]
    return client.post_users_search(criteria, expand=("team",), sort=(("name", "ASC"), ("id", "ASC")))


CALLS: dict[str, Call] = {
    "delete_analytics_conversations_details_job": lambda c, x: c.delete_analytics_conversations_details_job(_job(c, x)),
    "delete_authorization_subject_division_role": lambda c, x: c.delete_authorization_subject_division_role(
        x.id, x.division, x.role
    ),
    "delete_group_members": lambda c, x: c.delete_group_members(x.group, [x.id]),
    "delete_routing_queue_member": lambda c, x: c.delete_routing_queue_member(x.queue, x.id),
    "delete_routing_user_directroutingbackup_settings": lambda c, x: c.delete_routing_user_directroutingbackup_settings(
        x.id
    ),
    "delete_routing_user_utilization": lambda c, x: c.delete_routing_user_utilization(x.id),
    "delete_scim_v2_user": lambda c, x: c.delete_scim_v2_user(x.scim_id, etag=c.get_scim_v2_user(x.scim_id).etag),
    "delete_team_members": lambda c, x: c.delete_team_members(x.team, [x.id]),
    "delete_telephony_providers_edges_phone": lambda c, x: c.delete_telephony_providers_edges_phone(x.phone),
    "delete_token": lambda c, x: c.delete_token(x.id),
    "delete_user_routingskill": lambda c, x: c.delete_user_routingskill(x.id, x.skill),
    "delete_user_routinglanguage": lambda c, x: c.delete_user_routinglanguage(x.id, x.language),
    "delete_user_station_associatedstation": lambda c, x: c.delete_user_station_associatedstation(x.id),
    "delete_user_station_defaultstation": lambda c, x: c.delete_user_station_defaultstation(x.id),
    "get_analytics_agent_status": lambda c, x: c.get_analytics_agent_status(x.id),
    "get_analytics_conversations_details_job": lambda c, x: c.get_analytics_conversations_details_job(_job(c, x)),
    "get_analytics_conversations_details_job_results": _job_pages,
    "get_analytics_conversations_details_jobs_availability": lambda c, x: (
        c.get_analytics_conversations_details_jobs_availability().date()
    ),
    "get_authorization_divisions": lambda c, x: c.get_authorization_divisions(),
    "get_authorization_role_users": lambda c, x: c.get_authorization_role_users(x.state["grants"][0][0]),
    "get_authorization_subject": lambda c, x: c.get_authorization_subject(x.id, include_duplicates=True),
    "get_conversation": lambda c, x: c.get_conversation(x.live),
    "get_group": lambda c, x: c.get_group(x.group),
    "get_group_dynamicsettings": lambda c, x: c.get_group_dynamicsettings(x.dynamic),
    "get_group_individuals": lambda c, x: c.get_group_individuals(x.group),
    "get_groups": lambda c, x: c.get_groups(ids=x.state["groups"]),
    "get_license_user": lambda c, x: c.get_license_user(x.id),
    "get_oauth_clients": lambda c, x: c.get_oauth_clients(),
    "get_organizations_me": lambda c, x: c.get_organizations_me(),
    "get_quality_evaluations_query": lambda c, x: c.get_quality_evaluations_query(
        agent_user_id=x.id, states=("PENDING", "FINISHED")
    ),
    "get_routing_queue_members": lambda c, x: c.get_routing_queue_members(x.queue),
    "get_routing_user_directroutingbackup_settings": lambda c, x: c.get_routing_user_directroutingbackup_settings(x.id),
    "get_routing_user_utilization": lambda c, x: c.get_routing_user_utilization(x.id),
    "get_scim_v2_user": lambda c, x: c.get_scim_v2_user(x.scim_id),
    "get_scim_v2_users": lambda c, x: c.get_scim_v2_users(f'userName eq "{x.email}"'),
    "get_telephony_providers_edges_dids": lambda c, x: c.get_telephony_providers_edges_dids(owner_id=x.id),
    "get_telephony_providers_edges_phones": lambda c, x: c.get_telephony_providers_edges_phones(web_rtc_user_id=x.id),
    "get_team_members": lambda c, x: c.get_team_members(x.team),
    "get_tokens_me": lambda c, x: c.get_tokens_me(),
    "get_user": lambda c, x: c.get_user(x.id, expand=EXPAND),
    "get_user_callforwarding": lambda c, x: c.get_user_callforwarding(x.id),
    "get_user_directreports": lambda c, x: c.get_user_directreports(x.manager),
    "get_user_outofoffice": lambda c, x: c.get_user_outofoffice(x.id),
    "get_user_queues": lambda c, x: [c.get_user_queues(x.id, joined=joined) for joined in (True, False)],
    "get_user_routinglanguages": lambda c, x: c.get_user_routinglanguages(x.id),
    "get_user_routingskills": lambda c, x: c.get_user_routingskills(x.id),
    "get_user_skillgroups": lambda c, x: c.get_user_skillgroups(x.id),
    "get_user_state": lambda c, x: c.get_user_state(x.id),
    "get_user_station": lambda c, x: c.get_user_station(x.id),
    "get_user_verifiers": lambda c, x: c.get_user_verifiers(x.id),
    "get_users": lambda c, x: c.get_users(state="any", expand=EXPAND, page=1, page_size=100),
    "get_users_development_activities": lambda c, x: c.get_users_development_activities(
        ids=[x.id], statuses=("Planned", "InProgress")
    ),
    "get_voicemail_userpolicy": lambda c, x: c.get_voicemail_userpolicy(x.id),
    "get_workforcemanagement_agent_managementunit": lambda c, x: c.get_workforcemanagement_agent_managementunit(x.id),
    "patch_user": lambda c, x: c.patch_user(
        x.id, addresses=[Contact("PHONE", "MOBILE", "+491555017568")], version=x.version
    ),
    "patch_user_callforwarding": lambda c, x: c.patch_user_callforwarding(x.id, enabled=False),
    "post_analytics_conversations_details_jobs": lambda c, x: bool(_job(c, x)),
    "post_analytics_conversations_details_query": lambda c, x: [
        _history(c, x),
        _history(c, x, page_size=1, by_medium=True),
        _history(c, x, open_only=True, order="desc"),
    ],
    "post_authorization_subject_bulkremove": lambda c, x: c.post_authorization_subject_bulkremove(
        x.id, [(role, division) for role, division, _ in x.state["grants"]]
    ),
    "post_conversation_participant_replace_queue": lambda c, x: c.post_conversation_participant_replace_queue(
        x.live, _participant(c, x), to_queue=x.other_queue
    ),
    "post_taskmanagement_workitems_query": lambda c, x: c.post_taskmanagement_workitems_query(
        assignee_id=x.id, status_categories=("Open", "InProgress", "Waiting", "Unknown")
    ),
    "post_users_search": _search,
    "post_workforcemanagement_agents": lambda c, x: c.post_workforcemanagement_agents([x.id]),
    "put_routing_user_directroutingbackup_settings": lambda c, x: c.put_routing_user_directroutingbackup_settings(
        x.id, DirectRoutingBackup(wait_for_agent=False, queue_id=x.other_queue)
    ),
    "put_user_routingskills_bulk": lambda c, x: [
        c.put_user_routingskills_bulk(x.id, [Skill(x.skill, "", 2.0)]),
        c.put_user_routingskills_bulk(x.id, []),
    ],
    "put_user_state": lambda c, x: c.put_user_state(x.id, "inactive", version=x.version, reason="Voluntary"),
}
