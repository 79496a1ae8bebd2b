"""The steps of a run: permanent keys in the order of the work, with their words. The code is in pipeline/steps/.

Adding a step: one file pipeline/steps/<key>.py, one line here, one test.
"""

from __future__ import annotations

PIPELINE: dict[str, str] = {
    "check_compliance": "Check that it may be done",
    "suspend_sign_in": "Suspend sign-in",
    "revoke_sessions": "Sign out everywhere",
    "settle_conversations": "Settle live conversations",
    "leave_queues": "Leave queues",
    "remove_roles": "Take away roles",
    "leave_groups": "Leave groups and team",
    "clear_skills": "Clear skills and languages",
    "release_phones": "Release phones and numbers",
    "stop_forwarding": "Stop forwarding",
    "leave_workforce": "Leave workforce management",
    "archive_history": "Archive history",
    "delete_person": "Delete through SCIM",
    "notify": "Tell downstream systems",
}

# GENESYS_API_STYLE=article: the same steps in the order of the article, which empties and archives before it signs out.
ARTICLE_ORDER = (
    "check_compliance",
    "leave_queues",
    "remove_roles",
    "leave_groups",
    "clear_skills",
    "release_phones",
    "stop_forwarding",
    "leave_workforce",
    "archive_history",
    "suspend_sign_in",
    "revoke_sessions",
    "settle_conversations",
    "delete_person",
    "notify",
)


def order_for(style: str) -> tuple[str, ...]:
    """The keys in the order of the work for `platform` or `article`."""
    return ARTICLE_ORDER if style == "article" else tuple(PIPELINE)
