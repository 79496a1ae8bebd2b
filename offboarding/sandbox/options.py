"""How the imitated org behaves where the documentation leaves room, or where a test wants it harsher.

Set by the command line and by `POST /__sandbox__/options`; `reset` brings the start values back.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields, replace
from typing import Any


@dataclass
class Options:
    token_life: int = 86_400  # seconds; accessTokenValiditySeconds
    rate_limit: int = 300  # calls in a window for one token
    rate_window: float = 60.0  # seconds
    latency_ms: int = 0  # added to every call
    search_lag: float = 0.0  # seconds until the search index shows a change
    group_delay: float = 0.2  # seconds until a 202 on group members takes effect
    group_loses: bool = False  # of a 202 on group members the first id comes to nothing, once for each group and person
    station_delay: float = 0.2  # the same for a 202 on a station
    workforce_delay: float = 0.2  # and for a 202 on the agents of a management unit
    grants_lag: float = 0.0  # seconds until a removed grant is gone from reads
    state_lag: float = 0.0  # seconds until user reads and SCIM show a changed user and version; not a deletion
    queues_lag: float = 0.0  # seconds until reads show who joined or left a queue directly
    skills_lag: float = 0.0  # the same for skills and languages
    deletion_lag: float = 0.0  # seconds until user reads show a deletion; what hangs below the person is gone at once
    scim_deletion_lag: float = 0.0  # the same for SCIM reads
    referential_rule: bool = False  # 409 on delete while queues or roles remain
    scim_hides_inactive: bool = False  # a listing by userName finds active people only, as one without a filter does
    unjoined_lists: str = "unjoined"  # or "all": what GET /users/{id}/queues lists with joined=false
    empty_clears: str = "yes"  # or "refused" or "ignored": an empty list in PUT routingskills/bulk
    default_status: int = 204  # success of the calls whose status is documented as "default" only
    deletion_empties: bool = False  # a deletion also ends queues, groups, team, skills and the workforce unit
    deletion_frees_phones: bool = False  # it also deletes the WebRTC phones and frees the direct number
    deleted_are_shown: bool = False  # what hangs below a deleted person can still be read
    tokens_end_calls: bool = False  # ending the tokens also ends live conversations
    tokens_drop_station: bool = False  # ending the tokens also leaves the associated station
    users_limit: int = 0  # calls in a window for /users, fewer than rate_limit; 0: the same bucket
    scim_limit: int = 0  # the same for the SCIM calls, whose bucket is not documented any more
    listing_page: int = 500  # largest page of a listing; only for /users it is known that 500 works
    conflict_status: int = 409  # 409 or 400, both are documented for general.conflict
    bulk_does_part: bool = False  # a bulk removal of grants that is refused took the first half away all the same
    unknown_member: str = "ignore"  # or "refuse": an unknown id in a bulk member removal
    interval_days: int = 31  # longest interval of a conversation detail query
    page_size: int = 100  # largest page of it
    rows_ceiling: int = 100_000  # no page beyond this row
    totals_off: int = 0  # what its totalHits says too many or, negative, too few, where there is anything
    job_delay: float = 0.2  # seconds until an asynchronous detail job is done
    jobs_at_once: int = 0  # asynchronous detail jobs that may run at once, any more is 429; 0: any number
    job_interval_days: int = 0  # longest interval of one; 0: any
    job_fails: bool = False  # jobs submitted from now on end as FAILED
    job_life: float = 86_400.0  # seconds until the results of a job expire; not documented, about a day is seen
    jobs_lag_hours: float = 24.0  # jobs do not see what started later than this many hours ago
    article_queue_delete: str = "all"  # or "one": what one DELETE of the article's queue route removes

    def changed(self, values: dict[str, Any]) -> Options:
        """A copy with these values. Raises ValueError for an unknown name or a value of another kind."""
        known = {each.name: getattr(self, each.name) for each in fields(self)}
        clean: dict[str, Any] = {}
        for name, value in values.items():
            if name not in known:
                raise ValueError(f"no option {name!r}; there are {', '.join(sorted(known))}")
            kind = type(known[name])
            number = kind in (int, float) and isinstance(value, int | float) and not isinstance(value, bool)
            if not number and type(value) is not kind:
                raise ValueError(f"option {name} wants {kind.__name__}")
            clean[name] = kind(value)
        return replace(self, **clean)

    def to_json(self) -> dict[str, Any]:
        return asdict(self)
