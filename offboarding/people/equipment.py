"""What a person holds beside access: stations, phones, numbers, forwarding, backup, utilization, workforce unit."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor, Future
from dataclasses import dataclass

from offboarding.genesys.client import GenesysClient
from offboarding.genesys.records import AgentStatus, Contact, Person, Ref
from offboarding.genesys.records.holdings import (
    CallForwarding,
    Did,
    DirectRoutingBackup,
    Phone,
    Stations,
    Utilization,
)
from offboarding.people.reads import Reads
from offboarding.plan import Holding

OWN = "Agent"  # Utilization.level of a person with settings of their own
USER = "USER"  # Did.owner_type of a number that is a person's


@dataclass(frozen=True, slots=True)
class Equipment:
    """The reads under way, one call each. The article's dialect knows none of these: `start` gives None there."""

    stations: Future[Stations]
    phones: Future[tuple[Phone, ...]]
    dids: Future[tuple[Did, ...]]
    forwarding: Future[CallForwarding]
    backup: Future[DirectRoutingBackup | None]
    utilization: Future[Utilization]

    @classmethod
    def start(cls, pool: Executor, client: GenesysClient, person_id: str) -> Equipment | None:
        if not client.KNOWS_EQUIPMENT:
            return None
        return cls(
            pool.submit(client.get_user_station, person_id),
            pool.submit(client.get_telephony_providers_edges_phones, web_rtc_user_id=person_id),
            pool.submit(client.get_telephony_providers_edges_dids, owner_id=person_id),
            pool.submit(client.get_user_callforwarding, person_id),
            pool.submit(client.get_routing_user_directroutingbackup_settings, person_id),
            pool.submit(client.get_routing_user_utilization, person_id),
        )

    def items(self, reads: Reads, status: AgentStatus | None) -> tuple[Holding, ...]:
        """Everything that was read, in the order of the page."""
        return (
            *_stations(reads.of("stations", self.stations, Stations())),
            *(Holding("phone", phone.id, phone.name or phone.id) for phone in reads.of("phones", self.phones, ())),
            *(
                Holding("did", did.id, did.phone_number)
                for did in reads.of("numbers", self.dids, ())
                if did.owner_type in ("", USER)
            ),
            *_forwarding(reads.of("forwarding", self.forwarding, None)),
            *_backup(reads.of("backup", self.backup, None)),
            *_utilization(reads.of("utilization", self.utilization, None)),
            *_workforce(status),
        )

    def backs_up(self, reads: Reads) -> tuple[Ref, ...]:
        """Those whose direct calls this person takes over; Genesys tells them by their ids alone."""
        settings = reads.of("backup", self.backup, None)
        return tuple(Ref(id) for id in settings.backed_up_user_ids) if settings else ()


def without_numbers(who: Person, numbers: set[str]) -> tuple[Contact, ...] | None:
    """The person's addresses without these numbers; None when none of them is among the addresses."""
    wanted = {_digits(number) for number in numbers}
    kept = tuple(each for each in who.addresses or () if not _is_number(each) or _digits(each.address) not in wanted)
    return kept if len(kept) < len(who.addresses or ()) else None


def _is_number(contact: Contact) -> bool:
    return contact.media_type in ("PHONE", "SMS")


def _digits(number: str) -> str:
    return "".join(filter(str.isdigit, number))


def _stations(stations: Stations) -> Iterator[Holding]:
    """The associated and the default station, which may be one and the same: only then they go by the same name."""
    held = {use: each for use, each in (("associated", stations.associated), ("default", stations.default)) if each}
    same_name = len({station.name for station in held.values()}) < len({station.id for station in held.values()})
    for use, station in held.items():
        name = f"{station.name} {station.id}".strip() if same_name else station.name or station.id
        yield Holding("station", use, name, detail=use)


def _forwarding(forwarding: CallForwarding | None) -> Iterator[Holding]:
    if forwarding is not None and forwarding.enabled:
        to = ", ".join(target.value for target in forwarding.targets)
        yield Holding("forwarding", "calls", f"Calls to {to}" if to else "Calls")


def _backup(backup: DirectRoutingBackup | None) -> Iterator[Holding]:
    if backup is not None and (backup.queue_id or backup.user_id):
        yield Holding(
            "backup", "settings", "A queue" if backup.queue_id else "Somebody else", detail="for direct calls"
        )


def _utilization(utilization: Utilization | None) -> Iterator[Holding]:
    if utilization is not None and utilization.level == OWN:
        told = ", ".join(f"{medium} {most}" for medium, most in sorted(utilization.capacity.items()))
        yield Holding("utilization", "own", "Utilization of their own", detail=told)


def _workforce(status: AgentStatus | None) -> Iterator[Holding]:
    """GET /api/v2/analytics/agents/{userId}/status tells the unit by its id alone."""
    if status is not None and status.management_unit_id:
        yield Holding("workforce", status.management_unit_id, f"Management unit {status.management_unit_id}")
