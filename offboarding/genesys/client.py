"""The client that the rest of the product sees: every operation it uses, flat, in the documented dialect."""

from __future__ import annotations

import copy
from datetime import timedelta
from typing import ClassVar

from offboarding.genesys.api.accounts import AccountsArea
from offboarding.genesys.api.analytics import AnalyticsArea
from offboarding.genesys.api.authorization import AuthorizationArea
from offboarding.genesys.api.conversations import ConversationsArea
from offboarding.genesys.api.duties import DutiesArea
from offboarding.genesys.api.forwarding import ForwardingArea
from offboarding.genesys.api.groups import GroupsArea
from offboarding.genesys.api.organization import OrganizationArea
from offboarding.genesys.api.routing import RoutingArea
from offboarding.genesys.api.scim import ScimArea
from offboarding.genesys.api.telephony import TelephonyArea
from offboarding.genesys.api.users import UsersArea
from offboarding.genesys.api.workforce import WorkforceArea
from offboarding.genesys.transport import OnRead


class GenesysClient(
    UsersArea,
    RoutingArea,
    AuthorizationArea,
    GroupsArea,
    TelephonyArea,
    ForwardingArea,
    AccountsArea,
    WorkforceArea,
    DutiesArea,
    ConversationsArea,
    AnalyticsArea,
    OrganizationArea,
    ScimArea,
):
    """One method an operation, named as in the official Python SDK; threads may share a client.

    Every method may raise any `errors.GenesysError`; the docstrings name the ones that mean something
    special.
    """

    KNOWS_EQUIPMENT: ClassVar[bool] = True  # stations, phones, numbers, forwarding, utilization
    SHOWS_SIGN_OUT: ClassVar[bool] = True  # when the last token was issued, and so that none came after a sign-out

    @property
    def clock_ahead(self) -> timedelta:
        """How far Genesys Cloud's clock is ahead of ours, by the answers so far; negative when it is behind."""
        return self.transport.server_clock.ahead or timedelta(0)


def hear_reads(client: GenesysClient, on_read: OnRead) -> None:
    """From now on every answer to a read of this client, and of those made `hurried` from it, goes there as well."""
    client.transport.on_read = client._scim.on_read = on_read


def hurried(client: GenesysClient) -> GenesysClient:
    """The same client for what must not wait behind other work: its calls use what those leave of the rate limit."""
    found = copy.copy(client)
    found.transport = client.transport.hurried()
    found._scim = found.transport if client._scim is client.transport else client._scim.hurried()
    return found
