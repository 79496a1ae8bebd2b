"""Planted bugs about who may do what and when: leases and deaths, approvals, caps and times."""

from __future__ import annotations

from functools import partial

from tests.simulation import planted_changes as change
from tests.simulation.bug import (
    ARCHIVED,
    BAD_RECEIVER,
    BUSY,
    CHANGES,
    CRASHES,
    EXPIRES,
    FAIR,
    KILLS,
    NO_BELLS,
    ONE_AN_HOUR,
    SOON,
    STALLS,
    A,
    Bug,
    P,
    S,
    at,
    together,
)
from tests.simulation.weather import FINE

RULES: dict[str, Bug] = {
    # ---------------------------------------------------------------- lease and fence
    "fence_not_checked": Bug(
        "a worker writes although another one has taken over",
        together(*(at(f"{A}.{room}.held", change.held_without_fence) for room in ("lease", "run_steps", "runs"))),
        STALLS,
        ("no_write_by_a_stale_fence",),
    ),
    "lease_ignored": Bug(
        "a run is claimed while another worker has it",
        at(f"{A}.lease.claim_run", change.claim_held_runs),
        STALLS,
        ("one_worker_at_a_time",),
    ),
    "lease_not_renewed": Bug(
        "a worker that is alive loses its lease",
        together(*(at(f"{A}.{room}.held", change.held_without_renewal) for room in ("lease", "run_steps", "runs"))),
        STALLS,
        ("one_worker_at_a_time",),
    ),
    "deaths_not_counted": Bug(
        "a step that kills its worker each time kills one after the other for ever",
        at(f"{P}.runner._must_not_be_deadly", lambda run: None),
        KILLS | SOON,
        ("nobody_is_killed_for_ever",),
    ),
    "deaths_not_told": Bug(
        "the supervisor gives back what a dead worker held as if it had come to its end",
        at(f"{A}.heartbeat.give_back", change.give_back_uncounted),
        KILLS | SOON | {"noticed": True},
        ("nobody_is_killed_for_ever",),
    ),
    "deaths_of_plans_not_counted": Bug(
        "a plan that kills its worker each time kills one after the other for ever",
        at(f"{P}.planner._must_not_be_deadly", lambda tries: None),
        KILLS | SOON | {"deadly": ("POST", "/workitems/query")},
        ("nobody_is_killed_for_ever",),
    ),
    "started_before_its_time": Bug(
        "a run begins as soon as it is approved, whenever it was put off to",
        at(f"{A}.lease.claim_run", change.claim_before_the_time),
        FINE | {"put_off": 1.0},
        ("not_before_its_time",),
    ),
    "crashed_run_not_claimed": Bug(
        "a run whose worker died stays with the dead",
        at(f"{A}.lease.claim_run", change.claim_no_running_run),
        CRASHES | SOON,
        ("comes_to_rest", "no_approved_run_is_forgotten"),
    ),
    "sweep_forgets_runs": Bug(
        "a lost wake-up of a run is lost for ever",
        at(f"{P}.sweep.due_runs", lambda: []),
        NO_BELLS | SOON,
        ("comes_to_rest", "no_approved_run_is_forgotten"),
    ),
    "sweep_forgets_plans": Bug(
        "a lost wake-up of a planner is lost for ever",
        at(f"{P}.sweep._ready", partial(change.ready_without, "plan")),
        NO_BELLS | SOON,
        ("comes_to_rest",),
    ),
    "sweep_forgets_deliveries": Bug(
        "a message that a receiver did not take is never sent again",
        at(f"{P}.sweep._ready", partial(change.ready_without, "delivery")),
        BAD_RECEIVER,
        ("comes_to_rest", "every_end_is_delivered"),
    ),
    # ---------------------------------------------------------------- approval
    "own_request_approved": Bug(
        "who asked approves, under another name so that the constraint of the table does not see it",
        change.own_approvals,
        BUSY,
        ("decided_by_somebody_else", ARCHIVED),
    ),
    "stale_digest_accepted": Bug(
        "an approval of an older plan is taken for one of the newest",
        at(f"{A}.decisions._plan_to_decide", change.newest_plan_whatever_was_seen),
        CHANGES,
        ("approved_as_seen",),
    ),
    "drift_ignored": Bug(
        "what was added since the approval is not looked for",
        together(
            at(f"{P}.runner.compare", lambda slice_, row: slice_.look() and None),
            at(f"{S}.delete_person.left_over", lambda work, seen: ()),
        ),
        CHANGES,
        ("delete_only_what_was_approved",),
    ),
    "hold_ignored": Bug(
        "neither a protection nor a legal hold placed during the run stops the deletion",
        together(
            at(f"{P}.standing.protection_on", lambda org_id, person_id: None),
            at(f"{P}.standing.legal_hold_on", lambda org_id, person_id: None),
        ),
        unit_test="tests/pipeline/test_right_before.py::"
        "test_what_forbids_the_deletion_between_two_sendings_of_it[protect-429-failed]",
    ),
    "stop_ignored": Bug(
        "nobody looks whether a stop was asked",
        together(
            at(f"{P}.runner.stop_is_asked", lambda run: False),
            at(f"{P}.progress.stop_is_asked", lambda run: False),
        ),
        BUSY,
        ("delete_only_while_allowed",),
    ),
    "expired_approval_accepted": Bug(
        "an approval stands for ever",
        together(*(at(f"{P}.{where}.why_expired", lambda *_: "") for where in ("runner", "steps.delete_person"))),
        EXPIRES,
        ("delete_only_while_allowed",),
    ),
    "asked_before_the_first_sending_only": Bug(
        "a deletion that is sent once more after a wait goes out whatever was said meanwhile",
        at("offboarding.genesys.transport._Call._ask_right_before", change.ask_before_the_first_sending),
        unit_test="tests/pipeline/test_right_before.py::test_what_forbids_the_deletion_between_two_sendings_of_it[stop-401-stopped]",
    ),
    "altered_plan_carried_out": Bug(
        "the digest is not computed anew from the stored plan",
        at(f"{P}.standing.is_altered", lambda document, **told: False),
        unit_test="tests/pipeline/test_approval.py::test_a_plan_that_was_altered_after_its_approval_is_not_carried_out",
    ),
    "cap_ignored": Bug(
        "the circuit breaker lets everybody in",
        at(f"{A}.caps._full", lambda *_: None),
        ONE_AN_HOUR,
        ("caps_are_kept",),
    ),
    "cap_not_asked": Bug(
        "nobody is counted by the circuit breaker",
        at(f"{S}.check_compliance.must_have_room", lambda run: None),
        FAIR,
        ("caps_are_kept",),
    ),
}
