"""Bugs planted on purpose, by name: what proves that the simulator would see them if somebody made them.

Each is a small change of the real code, put in for the duration of some seeds. `weather` is the kind of trouble in
which it shows soon, so that a test need not play many; `caught_by` are the invariants that see it. Where the product
mends by itself what such a bug would do, or no seed leads there, `unit_test` is what shows it (plant.py).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any
from unittest import mock

from tests.simulation import planted_changes as change
from tests.simulation.weather import FINE

Put = Callable[[ExitStack], None]
Tuned = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Bug:
    """`put` patches the real code; `what` says what somebody might have done."""

    what: str
    put: Put
    weather: Tuned | None = None  # None: as the seed draws it
    caught_by: tuple[str, ...] = ()
    unit_test: str = ""


def _at(target: str, new: object) -> Put:
    return lambda stack: stack.enter_context(mock.patch(target, new)) and None


def _all(*puts: Put) -> Put:
    def put(stack: ExitStack) -> None:
        for each in puts:
            each(stack)

    return put


SLOW = {"pace": 1.2}  # several slices of a worker's time for one run
FAIR: Tuned = FINE
STALLS: Tuned = FINE | SLOW | {"stall": 0.03}
CRASHES: Tuned = FINE | {"crash": 0.02}
POWER_CUTS: Tuned = FINE | SLOW | {"power": 0.01}
NONSENSE: Tuned = FINE | {"call": 0.12, "troubles": ("garbage", "garbage after the effect")}
LIES: Tuned = FINE | {"did_nothing": 0.6}
BUSY: Tuned = FINE | SLOW | {"people": 0.95}
CHANGES: Tuned = BUSY | {"meddling": 1.0}
ROT: Tuned = FINE | SLOW | {"rot": 1.0, "crash": 0.005}
NO_BELLS: Tuned = FINE | {"bell_lost": 0.6}
BAD_RECEIVER: Tuned = FINE | {"receiver": 0.7}

A = "offboarding.actions"
P = "offboarding.pipeline"
S = f"{P}.steps"
ARCHIVED = "delete_only_after_archive_and_approval"

PLANTED: dict[str, Bug] = {
    # ---------------------------------------------------------------- lease and fence
    "fence_not_checked": Bug(
        "a worker writes although another one has taken over",
        _all(*(_at(f"{A}.{room}.held", change.held_without_fence) for room in ("lease", "run_steps", "runs"))),
        STALLS,
        ("no_write_by_a_stale_fence",),
    ),
    "lease_ignored": Bug(
        "a run is claimed while another worker has it",
        _at(f"{A}.lease.claim_run", change.claim_held_runs),
        STALLS,
        ("one_worker_at_a_time",),
    ),
    "lease_not_renewed": Bug(
        "a worker that is alive loses its lease",
        _all(*(_at(f"{A}.{room}.held", change.held_without_renewal) for room in ("lease", "run_steps", "runs"))),
        STALLS,
        ("one_worker_at_a_time",),
    ),
    "deaths_not_counted": Bug(
        "a step that kills its worker each time kills one after the other for ever",
        _at(f"{P}.runner._must_not_be_deadly", lambda run: None),
        unit_test="tests/pipeline/test_poison.py::"
        "test_after_five_deaths_in_a_row_a_human_is_asked_and_may_let_it_go_on[runs_out]",
    ),
    "crashed_run_not_claimed": Bug(
        "a run whose worker died stays with the dead",
        _at(f"{A}.lease.claim_run", change.claim_no_running_run),
        CRASHES,
        ("comes_to_rest", "no_approved_run_is_forgotten"),
    ),
    "sweep_forgets_runs": Bug(
        "a lost wake-up of a run is lost for ever",
        _at(f"{P}.sweep.due_runs", lambda: []),
        NO_BELLS,
        ("comes_to_rest", "no_approved_run_is_forgotten"),
    ),
    "sweep_forgets_plans": Bug(
        "a lost wake-up of a planner is lost for ever",
        _at(f"{P}.sweep._ready", change.ready_without_plans),
        NO_BELLS,
        ("comes_to_rest",),
    ),
    # ---------------------------------------------------------------- the outbox and the trail
    "outbox_row_lost": Bug(
        "a failed run tells nobody",
        _at(f"{A}.runs.end_with_document", change.end_without_message),
        NONSENSE,
        ("every_end_is_delivered",),
    ),
    "message_id_not_stable": Bug(
        "a second attempt carries another id",
        _at("offboarding.webhooks.delivery.headers_of", change.headers_with_another_id),
        BAD_RECEIVER,
        ("every_end_is_delivered",),
    ),
    "any_answer_is_delivered": Bug(
        "a message counts as delivered whatever the receiver says",
        _at("offboarding.webhooks.delivery.send", change.send_and_believe),
        BAD_RECEIVER,
        ("every_end_is_delivered",),
    ),
    "step_end_not_recorded": Bug(
        "the end of a step has no audit record",
        _at(f"{A}.run_steps.record", change.record_no_steps),
        FAIR,
        ("every_change_is_recorded_once",),
    ),
    "reads_not_kept": Bug(
        "what a step read is thrown away",
        _at(f"{A}.run_steps.keep_readings", lambda step, readings: {}),
        FAIR,
        ("evidence_is_what_was_recorded",),
    ),
    "failed_step_counts_as_done": Bug(
        "a retry goes on after the failed step instead of repeating it",
        _at(f"{A}.run_control.let_go_on", change.go_on_after_the_failed_step),
        NONSENSE,
        ("every_change_is_recorded_once",),
    ),
    "outbox_row_after_the_commit": Bug(
        "the message of an end is written after its transaction, and a crash between the two loses it",
        _at(f"{A}.runs.end_with_document", change.end_and_tell_later),
        unit_test="tests/actions/test_runs.py::test_the_end_completes_request_run_document_and_outbox_together",
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
        _at(f"{A}.decisions._plan_to_decide", change.newest_plan_whatever_was_seen),
        CHANGES,
        ("approved_as_seen",),
    ),
    "drift_ignored": Bug(
        "what was added since the approval is not looked for",
        _all(
            _at(f"{P}.runner._compare", lambda slice_, row: slice_.look() and None),
            _at(f"{S}.delete_person._left_over", lambda work, seen: ()),
        ),
        CHANGES,
        ("delete_only_what_was_approved",),
    ),
    "hold_ignored": Bug(
        "neither a protection nor a legal hold placed during the run stops the deletion",
        _all(
            _at(f"{P}.standing.protection_on", lambda org_id, person_id: None),
            _at(f"{P}.standing.legal_hold_on", lambda org_id, person_id: None),
        ),
        unit_test="tests/pipeline/test_right_before.py::"
        "test_what_forbids_the_deletion_between_two_sendings_of_it[protect-429-failed]",
    ),
    "stop_ignored": Bug(
        "nobody looks whether a stop was asked",
        _all(
            _at(f"{P}.runner.stop_is_asked", lambda run: False),
            _at(f"{P}.progress.stop_is_asked", lambda run: False),
        ),
        BUSY,
        ("delete_only_while_allowed",),
    ),
    "expired_approval_accepted": Bug(
        "an approval stands for ever",
        _all(*(_at(f"{P}.{where}.why_expired", lambda *_: "") for where in ("runner", "steps.delete_person"))),
        unit_test="tests/pipeline/test_approval.py::test_an_approval_that_has_expired_starts_nothing_and_asks_again",
    ),
    "asked_before_the_first_sending_only": Bug(
        "a deletion that is sent once more after a wait goes out whatever was said meanwhile",
        _at("offboarding.genesys.transport._Call._ask_right_before", change.ask_before_the_first_sending),
        unit_test="tests/pipeline/test_right_before.py::test_what_forbids_the_deletion_between_two_sendings_of_it[stop-401-stopped]",
    ),
    "altered_plan_carried_out": Bug(
        "the digest is not computed anew from the stored plan",
        _at(f"{P}.standing.digest_of", change.digest_that_was_stored),
        unit_test="tests/pipeline/test_approval.py::test_a_plan_that_was_altered_after_its_approval_is_not_carried_out",
    ),
    "cap_ignored": Bug(
        "the circuit breaker lets everybody in",
        _at(f"{A}.caps._full", lambda begun, name, where: None),
        unit_test="tests/pipeline/test_caps.py::test_who_comes_after_the_last_place_waits_with_their_access",
    ),
    # ---------------------------------------------------------------- the archive
    "delete_before_archive": Bug(
        "the deletion comes before the archive, and does not ask for one",
        _all(
            _at(f"{P}.runner.order_for", change.deletion_first),
            _at(f"{S}.delete_person._archive_must_be_whole", lambda work: None),
        ),
        FAIR,
        (ARCHIVED,),
    ),
    "delete_without_verifying": Bug(
        "the archive is not read again before the deletion",
        _at(f"{S}.delete_person.verify", lambda *_, **__: None),
        ROT,
        (ARCHIVED,),
    ),
    "file_not_synced": Bug(
        "a file is renamed before its bytes are on the disk",
        _at("offboarding.archives.files.NewFile.sync", lambda self: None),
        POWER_CUTS,
        ("archives_hold_the_history", ARCHIVED),
    ),
    "folder_not_synced": Bug(
        "a rename is not made durable",
        _at("offboarding.archives.files.sync_folder", lambda folder: None),
        POWER_CUTS,
        ("archives_hold_the_history",),
    ),
    "file_not_committed_whole": Bug(
        "a file is written under its own name at once: its sums give it away, and it is written again",
        change.written_in_place,
        unit_test="tests/archives/test_files.py::test_a_new_file_without_commit_leaves_nothing_and_the_old_one_alone",
    ),
    "line_lost_unverified": Bug(
        "a line is lost on the way into the file, and nobody reads the file again",
        _all(_at("offboarding.archives.pages._new_lines", change.lose_a_line), change.nothing_verified),
        FAIR,
        ("archives_hold_the_history",),
    ),
    "duplicates_kept": Bug(
        "what two neighbouring windows both send is written twice",
        _at("offboarding.archives.writer.read_window", change.window_without_before),
        unit_test="tests/archives/test_complete.py::test_a_conversation_two_windows_send_stands_once_also_after_a_restart",
    ),
    "gap_accepted": Bug(
        "conversations that are missing stop nothing, though nobody accepted that they are",
        _all(*(_at(f"offboarding.archives.{room}.may_lack", lambda *_: 1_000) for room in ("writer", "verify"))),
        unit_test="tests/pipeline/test_history_gap.py::test_a_gap_stops_the_run_with_its_window_and_numbers",
    ),
    # ---------------------------------------------------------------- the world
    "etag_not_sent": Bug(
        "the deletion does not depend on the last look",
        _at("offboarding.genesys.client.GenesysClient.delete_scim_v2_user", change.delete_whatever_it_is_by_now),
        unit_test="tests/pipeline/test_troubles.py::test_the_deletion_carries_the_etag_of_the_last_look",
    ),
    "inactive_not_read_back": Bug(
        "suspending counts as done when it was sent",
        _at(f"{S}.suspend_sign_in.SuspendSignIn.apply", change.suspend_without_looking),
        LIES,
        ("observed_means_seen",),
    ),
    "tokens_not_deleted": Bug(
        "signing out is not carried out",
        _at("offboarding.genesys.client.GenesysClient.delete_token", change.delete_no_token),
        FAIR,
        ("observed_means_seen", "documents_are_true"),
    ),
    "queues_not_read_back": Bug(
        "leaving a queue counts as done when it was sent",
        _at(f"{S}.leave_queues.until_gone", lambda *_, **__: None),
        LIES,
        ("observed_means_seen",),
    ),
    "deletion_not_read_back": Bug(
        "the deletion counts as done when it was sent, or answered 404",
        _at(f"{S}.delete_person.DeletePerson.apply", change.delete_without_looking),
        LIES,
        ("observed_means_seen", "documents_are_true"),
    ),
    "flags_always_true": Bug(
        "the document says what should have happened",
        _at(f"{A}.outbox.document_of", change.rosy_document),
        NONSENSE,
        ("documents_claim_only_what_was_seen", "documents_are_true"),
    ),
    "token_in_the_log": Bug(
        "a call is logged with its headers",
        _at("offboarding.genesys.transport.exchange", change.exchange_and_tell),
        FAIR,
        ("no_secret_is_kept",),
    ),
}


@contextmanager
def planted(name: str) -> Iterator[Tuned | None]:
    """With the bug of this name, and gives the weather it shows in; with none for an empty one."""
    with ExitStack() as stack:
        if name:
            PLANTED[name].put(stack)
        yield PLANTED[name].weather if name else None
