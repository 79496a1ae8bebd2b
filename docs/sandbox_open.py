"""What the documentation of Genesys Cloud leaves open, and how the sandbox can be either: for docs/sandbox.md."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from typing import NamedTuple

from offboarding.sandbox.options import Options


class Question(NamedTuple):
    """`options` play the possible answers; without any, `why` says what makes none needed."""

    asked: str
    options: tuple[str, ...] = ()
    why: str = ""


QUESTIONS = (
    Question(
        "Longest interval, largest page and last row of a detail query", ("interval_days", "page_size", "rows_ceiling")
    ),
    Question("How many detail jobs run at once", ("jobs_at_once",), "Any more is answered with the general 429."),
    Question("Longest interval of a detail job", ("job_interval_days",)),
    Question("How long the results of a detail job last, and what it sees", ("job_life", "jobs_lag_hours")),
    Question("What `joined=false` lists of a person's queues", ("unjoined_lists",)),
    Question("Whether an empty list clears all skills (PUT routingskills/bulk)", ("empty_clears",)),
    Question(
        "Whether an empty list clears all roles (bulkreplace, PUT roles)",
        why="Neither is served: this product names each grant that it takes away.",
    ),
    Question("Status of a removal of queue members and of one grant (“default”)", ("default_status",)),
    Question(
        "Partial failure of a bulk removal of queue members",
        ("unknown_member",),
        "Ignored or refused as a whole; this product leaves each queue by a call of its own.",
    ),
    Question("Partial failure of a bulk removal of grants", ("bulk_does_part",)),
    Question("Partial failure of a removal of group members", ("group_loses",)),
    Question(
        "Partial failure of moving agents out of their management unit",
        why="It has a documented result for each person, which is imitated: who is on the way to another unit stays.",
    ),
    Question("What a deletion does to queues, groups, team, skills and management unit", ("deletion_empties",)),
    Question("What a deletion does to WebRTC phones and direct numbers", ("deletion_frees_phones",)),
    Question("Whether a deletion is refused while queues or roles remain", ("referential_rule",)),
    Question("Largest page of the listings", ("listing_page",)),
    Question(
        "Largest page of a search",
        why="No page of more than 25 people is asked for.",
    ),
    Question(
        "Whether one SCIM PATCH clears skills, languages and roles",
        why="SCIM PATCH is not served: this product reads and deletes through SCIM, no more.",
    ),
    Question("The rate limits of SCIM and of single operations", ("scim_limit", "users_limit")),
    Question("Whether a SCIM listing by userName finds inactive people", ("scim_hides_inactive",)),
    Question(
        "Whether ending the tokens ends live calls, or leaves the station", ("tokens_end_calls", "tokens_drop_station")
    ),
    Question("Whether what hangs below a deleted person can be read", ("deleted_are_shown",)),
    Question(
        "How many criteria a search takes, and how many roles one person",
        why="A search has four criteria at most, and no role is ever given.",
    ),
    Question("409 or 400 for a version conflict", ("conflict_status",)),
    Question(
        "How late a write is shown",
        ("search_lag", "grants_lag", "state_lag", "queues_lag", "skills_lag", "deletion_lag", "scim_deletion_lag"),
    ),
    Question("How late a 202 takes effect", ("group_delay", "station_delay", "workforce_delay", "job_delay")),
    Question("How far off the approximate totals of a query are", ("totals_off",)),
)


def as_table() -> Iterator[str]:
    """The rows in Markdown. KeyError for an option that there is none of."""
    known = {each.name: each for each in fields(Options)}
    yield "| Left open | Option | |\n| --- | --- | --- |\n"
    for each in QUESTIONS:
        played = ", ".join(f"`{known[name].name}`" for name in each.options)
        yield f"| {each.asked} | {played or 'none'} | {each.why} |\n"
