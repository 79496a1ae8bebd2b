"""Bugs planted on purpose, by name: what proves that the simulator would see them if somebody made them.

Each is a small change of the real code, put in for the duration of some seeds. `first` is a seed at which looking for
it may begin, so that a test need not play many; `caught_by` are the invariants that see it. Where the product mends by
itself what such a bug would do, no seed shows it: then `unit_test` is what does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from unittest import mock

from tests.simulation import planted_changes as change

Put = Callable[[ExitStack], None]


@dataclass(frozen=True, slots=True)
class Bug:
    """`put` patches the real code; `what` says what somebody might have done."""

    what: str
    put: Put
    caught_by: tuple[str, ...] = ()
    first: int = 1
    unit_test: str = ""


def _at(target: str, new: object) -> Put:
    return lambda stack: stack.enter_context(mock.patch(target, new)) and None


def _all(*puts: Put) -> Put:
    def put(stack: ExitStack) -> None:
        for each in puts:
            each(stack)

    return put


A = "offboarding.actions"
P = "offboarding.pipeline"
S = f"{P}.steps"
ARCHIVED = "delete_only_after_archive_and_approval"

PLANTED: dict[str, Bug] = {
    # ---------------------------------------------------------------- lease and fence
    "fence_not_checked": Bug(
        "a worker writes although another one has taken over",
        _all(*(_at(f"{A}.{room}.held", change.held_without_fence) for room in ("lease", "run_steps", "runs"))),
        ("no_write_by_a_stale_fence",),
        first=13,
    ),
    "lease_ignored": Bug(
        "a run is claimed while another worker has it",
        _at(f"{A}.lease.claim_run", change.claim_held_runs),
        ("one_worker_at_a_time",),
        first=6,
    ),
    "lease_not_renewed": Bug(
        "a worker that is alive loses its lease",
        _all(*(_at(f"{A}.{room}.held", change.held_without_renewal) for room in ("lease", "run_steps", "runs"))),
        ("one_worker_at_a_time",),
        first=13,
    ),
    "crashed_run_not_claimed": Bug(
        "a run whose worker died stays with the dead",
        _at(f"{A}.lease.claim_run", change.claim_no_running_run),
        ("comes_to_rest", "no_approved_run_is_forgotten"),
        first=2,
    ),
    "sweep_forgets_runs": Bug(
        "a lost wake-up of a run is lost for ever",
        _at(f"{P}.sweep.due_runs", lambda: []),
        ("comes_to_rest", "no_approved_run_is_forgotten"),
    ),
    "sweep_forgets_plans": Bug(
        "a lost wake-up of a planner is lost for ever",
        _at(f"{P}.sweep._ready", change.ready_without_plans),
        ("comes_to_rest",),
    ),
    # ---------------------------------------------------------------- the outbox and the trail
    "outbox_row_lost": Bug(
        "a failed run tells nobody",
        _at(f"{A}.runs.end_with_document", change.end_without_message),
        ("every_end_is_delivered",),
        first=2,
    ),
    "message_id_not_stable": Bug(
        "a second attempt carries another id",
        _at("offboarding.webhooks.delivery.headers_of", change.headers_with_another_id),
        ("every_end_is_delivered",),
    ),
    "any_answer_is_delivered": Bug(
        "a message counts as delivered whatever the receiver says",
        _at("offboarding.webhooks.delivery.send", change.send_and_believe),
        ("every_end_is_delivered",),
        first=3,
    ),
    "step_end_not_recorded": Bug(
        "the end of a step has no audit record",
        _at(f"{A}.run_steps.record", change.record_no_steps),
        ("every_change_is_recorded_once",),
    ),
    "failed_step_counts_as_done": Bug(
        "a retry goes on after the failed step instead of repeating it",
        _at(f"{A}.run_control.let_go_on", change.go_on_after_the_failed_step),
        ("every_change_is_recorded_once",),
        first=6,
    ),
    # ---------------------------------------------------------------- approval
    "own_request_approved": Bug(
        "who asked approves, under another name so that the constraint of the table does not see it",
        change.own_approvals,
        ("decided_by_somebody_else", ARCHIVED),
        first=18,
    ),
    "stale_digest_accepted": Bug(
        "an approval of an older plan is taken for one of the newest",
        _at(f"{A}.decisions._plan_to_decide", change.newest_plan_whatever_was_seen),
        ("approved_as_seen",),
        first=21,
    ),
    "drift_ignored": Bug(
        "what was added since the approval is not looked for",
        _all(
            _at(f"{P}.runner._compare", lambda slice_: slice_.look() and None),
            _at(f"{S}.delete_person._left_over", lambda work, seen: ()),
        ),
        ("delete_only_what_was_approved",),
        first=6,
    ),
    "hold_ignored": Bug(
        "neither a protection nor a legal hold placed during the run stops the deletion",
        _all(
            _at(f"{P}.standing.protection_on", lambda org_id, person_id: None),
            _at(f"{P}.standing.legal_hold_on", lambda org_id, person_id: None),
        ),
        ("delete_only_while_allowed",),
        first=18,
    ),
    "stop_ignored": Bug(
        "nobody looks whether a stop was asked",
        _all(
            _at(f"{P}.runner.stop_is_asked", lambda run: False),
            _at(f"{P}.progress.stop_is_asked", lambda run: False),
        ),
        ("delete_only_while_allowed",),
        first=20,
    ),
    # ---------------------------------------------------------------- the archive
    "delete_before_archive": Bug(
        "the deletion comes before the archive, and does not ask for one",
        _all(
            _at(f"{P}.runner.order_for", change.deletion_first),
            _at(f"{S}.delete_person._archive_must_be_whole", lambda work: None),
        ),
        (ARCHIVED,),
    ),
    "delete_without_verifying": Bug(
        "the archive is not read again before the deletion",
        _at(f"{S}.delete_person.verify", lambda *_, **__: None),
        (ARCHIVED,),
        first=6,
    ),
    "file_not_synced": Bug(
        "a file is renamed before its bytes are on the disk",
        _at("offboarding.archives.files.NewFile.sync", lambda self: None),
        ("archives_hold_the_history", ARCHIVED),
    ),
    "folder_not_synced": Bug(
        "a rename is not made durable",
        _at("offboarding.archives.files.sync_folder", lambda folder: None),
        ("archives_hold_the_history",),
        first=2,
    ),
    "file_not_committed_whole": Bug(
        "a file is written under its own name at once: its sums give it away, and it is written again",
        change.written_in_place,
        unit_test="tests.archives.test_files:test_a_new_file_without_commit_leaves_nothing_and_the_old_one_alone",
    ),
    "line_lost_unverified": Bug(
        "a line is lost on the way into the file, and nobody reads the file again",
        _all(_at("offboarding.archives.pages._new_lines", change.lose_a_line), change.nothing_verified),
        ("archives_hold_the_history",),
    ),
    "duplicates_kept": Bug(
        "what two neighbouring windows both send is written twice, and nobody reads the file again",
        _all(_at("offboarding.archives.writer.read_window", change.window_without_before), change.nothing_verified),
        ("archives_hold_the_history", ARCHIVED),
        first=6,
    ),
    # ---------------------------------------------------------------- the world
    "inactive_not_read_back": Bug(
        "suspending counts as done when it was sent",
        _at(f"{S}.suspend_sign_in.SuspendSignIn.apply", change.suspend_without_looking),
        ("observed_means_seen",),
        first=62,
    ),
    "tokens_not_deleted": Bug(
        "signing out is not carried out",
        _at("offboarding.genesys.client.GenesysClient.delete_token", lambda self, person_id: None),
        ("observed_means_seen", "documents_are_true"),
    ),
    "queues_not_read_back": Bug(
        "leaving a queue counts as done when it was sent",
        _at(f"{S}.leave_queues.until_gone", lambda *_, **__: None),
        ("observed_means_seen",),
        first=133,
    ),
    "deletion_not_read_back": Bug(
        "the deletion counts as done when it was sent, or answered 404",
        _at(f"{S}.delete_person.DeletePerson.apply", change.delete_without_looking),
        ("observed_means_seen", "documents_are_true"),
        first=14,
    ),
    "flags_always_true": Bug(
        "the document says what should have happened",
        _at(f"{A}.outbox.document_of", change.rosy_document),
        ("documents_claim_only_what_was_seen", "documents_are_true"),
        first=3,
    ),
    "token_in_the_log": Bug(
        "a call is logged with its headers",
        _at("offboarding.genesys.transport.exchange", change.exchange_and_tell),
        ("no_secret_is_kept",),
    ),
}


@contextmanager
def planted(name: str) -> Iterator[None]:
    """With the bug of this name; with none for an empty one."""
    with ExitStack() as stack:
        if name:
            PLANTED[name].put(stack)
        yield
