"""What of a conversation is kept: the choice of the request, applied before a line is written. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from offboarding.archives.manifest import BY_JOB, Manifest

MASKED = "masked"
# Model AnalyticsSession: who is called and who calls, and whom to call back; the agent's session names them as well.
ADDRESSES: tuple[str, ...] = (
    *("ani", "dnis", "sessionDnis", "addressFrom", "addressTo", "addressOther"),
    *("remote", "remoteNameDisplayable", "callbackNumbers", "callbackUserName"),
)
# Their own end of it: in the agent's session that is the desk.
OWN_ADDRESSES = ("addressSelf", "screenShareAddressSelf", "videoAddressSelf")
CUSTOMERS = ("customer", "external")


@dataclass(frozen=True, slots=True)
class Keep:
    """`attributes`: the participants' attributes, which only detail jobs bring, stay. `masked`: customers' don't show.

    A window says by its `way` whether there were any to keep. Masked are a customer's name, and the addresses in every
    session: the agent's own session names the customer too.
    """

    attributes: bool = False
    masked: bool = False

    def of(self, conversation: Mapping[str, Any]) -> dict[str, Any]:
        """The conversation as it is kept; the one given is not changed. What is of another shape stays as sent."""
        participants = conversation.get("participants")
        if not isinstance(participants, list):
            return dict(conversation)
        return {**conversation, "participants": [self._participant(each) for each in participants]}

    def _participant(self, participant: Any) -> Any:
        if not isinstance(participant, dict):
            return participant
        kept = dict(participant) if self.attributes else {k: v for k, v in participant.items() if k != "attributes"}
        if not self.masked:
            return kept
        is_customer = kept.get("purpose") in CUSTOMERS
        if is_customer and kept.get("participantName"):
            kept["participantName"] = MASKED
        if isinstance(sessions := kept.get("sessions"), list):
            hidden = (*ADDRESSES, *OWN_ADDRESSES) if is_customer else ADDRESSES
            kept["sessions"] = [_masked(session, hidden) for session in sessions]
        return kept

    def to_dict(self) -> dict[str, bool]:
        """For the manifest, in which it also tells one archive from another."""
        return {"participantAttributes": self.attributes, "addressesMasked": self.masked}


def without_attributes(manifest: Manifest) -> str:
    """Of an archive that was to keep participants' attributes: what came without, in a sentence; else empty."""
    wanted = manifest.query["kept"]["participantAttributes"]
    number = sum(window.count for window in manifest.windows if window.way != BY_JOB)
    if not (wanted and number):
        return ""
    many = f"{number:,} conversation{'' if number == 1 else 's'}"
    return f"{many} came without participants' attributes, which Genesys gives of older ones only."


def _masked(session: Any, hidden: tuple[str, ...]) -> Any:
    if not isinstance(session, dict):
        return session
    return {name: MASKED if name in hidden and value else value for name, value in session.items()}
