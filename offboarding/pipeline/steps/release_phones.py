"""Stations and direct numbers are free again, WebRTC phones deleted: one would outlive the person, in nobody's name."""

from __future__ import annotations

from collections.abc import Callable

from offboarding.genesys.errors import NotThere, ReadAgain
from offboarding.models.run import StepState
from offboarding.people import without_numbers
from offboarding.pipeline.emptying import Emptying, not_looked_at
from offboarding.pipeline.settle import until_gone
from offboarding.pipeline.step import Outcome, StepFailed, Work
from offboarding.plan import WORDS, Action, names_of

TRIES = 3
# What has become of each kind, in the order it is told.
ENDED = {"phone": "deleted", "station": "released", "did": "free"}


class ReleasePhones(Emptying):
    key = "release_phones"

    def overtaken(self, work: Work) -> Outcome:
        """WebRTC phones outlive their person; those that are still listed as theirs are deleted by their own ids.

        Any other may be somebody else's by now, and what was approved is the phone of this person.
        """
        phones = work.of("phone")
        listed = _phones_of(work) if phones else set()
        theirs = [action for action in phones if action.id in listed]
        for done, action in enumerate(theirs):
            work.progress(done, len(theirs), action.told)
            work.asks([action])
            _let_go(work, action)
        asked = {action.id for action in work.asked if action.kind == "phone"}
        touched = [action for action in phones if action.id in listed | asked]
        others = tuple(action for action in work.actions if action.kind != "phone")
        left_alone = not_looked_at(others, unlisted=tuple(action for action in phones if action not in touched))
        return _read_back(work, touched, left_alone) if touched else left_alone

    def empty(self, work: Work) -> Outcome:
        if not work.actions:
            return Outcome(StepState.NOTHING_TO_DO, "No station, phone or number was held.")
        seen = work.look()
        held = {(item.kind, item.id) for kind in ("station", "phone", "did") for item in seen.of(kind)}
        wanted = [action for action in work.actions if (action.kind, action.id) in held]
        touched = work.with_asked(wanted)
        if not touched:
            return Outcome(StepState.NOTHING_TO_DO, "No station, phone or number is held.")
        for done, action in enumerate(wanted):
            work.progress(done, len(wanted), action.told)
            if action.kind != "did":
                work.asks([action])
                _let_go(work, action)
        numbers = [action for action in wanted if action.kind == "did"]
        if numbers:
            work.asks(numbers)
            _free(work, {number.name for number in numbers})
        work.progress(len(wanted), len(wanted), "")
        return _read_back(work, touched)


def _read_back(work: Work, touched: list[Action], others: Outcome | None = None) -> Outcome:
    until_gone(
        lambda: _held(work, touched),
        what="phones or numbers",
        remedy="Release them in Genesys Cloud admin, then retry.",
    )
    ended = {kind: names for kind in ENDED if (names := names_of(kind, touched))}
    told = "; ".join(f"{_named(kind, names)} {ENDED[kind]}" for kind, names in ended.items())
    evidence = {ENDED[kind]: names for kind, names in ended.items()}
    if others is None or not others.evidence["overtaken"]:
        return Outcome(StepState.OBSERVED, f"Seen in Genesys: {told}.", evidence)
    # A step of which a part was never looked at counts by its weakest part.
    return Outcome(StepState.SENT, f"Seen in Genesys: {told}. {others.sentence}", {**evidence, **others.evidence})


def _named(kind: str, names: list[str]) -> str:
    return f"{WORDS[kind]}{'' if len(names) == 1 else 's'} {', '.join(names)}"


def _let_go(work: Work, action: Action) -> None:
    client = work.client
    by_kind: dict[tuple[str, str], Callable[[], None]] = {
        ("station", "associated"): lambda: client.delete_user_station_associatedstation(work.person_id),
        ("station", "default"): lambda: client.delete_user_station_defaultstation(work.person_id),
    }
    let_go = by_kind.get((action.kind, action.id), lambda: client.delete_telephony_providers_edges_phone(action.id))
    try:
        let_go()
    except NotThere:
        return


def _free(work: Work, numbers: set[str]) -> None:
    """PATCH /api/v2/users/{userId} with the addresses that stay: there is no call that frees a number by itself."""
    for attempt in range(1, TRIES + 1):
        person = work.client.get_user(work.person_id)
        kept = without_numbers(person, numbers)
        if kept is None or person.version is None:
            raise StepFailed(
                f"The numbers {', '.join(sorted(numbers))} are not among the person's addresses.",
                "Unassign them in Genesys Cloud admin (Telephony, DID numbers), then retry.",
                "number_elsewhere",
            )
        try:
            work.client.patch_user(work.person_id, addresses=kept, version=person.version)
            return
        except ReadAgain:
            if attempt == TRIES:
                raise


def _held(work: Work, wanted: list[Action]) -> list[str]:
    """What of it is still there; each kind is read back only when something of it was released."""
    client, kinds = work.client, {action.kind for action in wanted}
    left: set[tuple[str, str]] = set()
    if "station" in kinds:
        stations = client.get_user_station(work.person_id)
        left |= {("station", use) for use in ("associated", "default") if getattr(stations, use) is not None}
    if "phone" in kinds:
        left |= {("phone", id) for id in _phones_of(work)}
    if "did" in kinds:
        left |= {("did", did.id) for did in client.get_telephony_providers_edges_dids(owner_id=work.person_id)}
        # The person that was written to may be shown late, with a version that the deletion would be bound to.
        numbers = [action for action in wanted if action.kind == "did"]
        person = client.get_user(work.person_id)
        left |= {("did", each.id) for each in numbers if without_numbers(person, {each.name}) is not None}
    return [action.told for action in wanted if (action.kind, action.id) in left]


def _phones_of(work: Work) -> set[str]:
    """The ids of the WebRTC phones that are listed as this person's now."""
    return {phone.id for phone in work.client.get_telephony_providers_edges_phones(web_rtc_user_id=work.person_id)}


STEP = ReleasePhones()
