"""The routes, one module per tag of the API description. `PLATFORM` holds the documented ones."""

from __future__ import annotations

from ..router import Router

PLATFORM = Router()
ARTICLE = Router()

from . import (  # noqa: E402  the modules put their routes into the two above; fixed paths before {ids}
    agent_settings,
    analytics,
    article,
    authorization,
    conversations,
    credentials,
    detail_jobs,
    development,
    forwarding,
    groups,
    license,
    organization,
    quality,
    routing,
    scim,
    skills,
    telephony,
    tokens,
    users,
    work_items,
    workforce,
)

__all__ = [
    "ARTICLE",
    "PLATFORM",
    "agent_settings",
    "analytics",
    "article",
    "authorization",
    "conversations",
    "credentials",
    "detail_jobs",
    "development",
    "forwarding",
    "groups",
    "license",
    "organization",
    "quality",
    "routing",
    "scim",
    "skills",
    "telephony",
    "tokens",
    "users",
    "work_items",
    "workforce",
]
