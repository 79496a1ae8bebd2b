"""Planted bugs about what is told, kept and seen: the outbox and the trail, the archive, the org itself."""

from __future__ import annotations

from tests.simulation import planted_changes as change
from tests.simulation.bug import (
    ARCHIVED,
    BAD_RECEIVER,
    CHANGES,
    FAIR,
    LIES,
    LOST_ANSWERS,
    NARROW_WINDOW,
    NONSENSE,
    POWER_CUTS,
    ROT,
    A,
    Bug,
    P,
    S,
    at,
    together,
)

WORLD: dict[str, Bug] = {
    # ---------------------------------------------------------------- the outbox and the trail
    "outbox_row_lost": Bug(
        "a failed run tells nobody",
        at(f"{A}.runs.end_with_document", change.end_without_message),
        NONSENSE,
        ("every_end_is_delivered",),
    ),
    "message_id_not_stable": Bug(
        "a second attempt carries another id",
        at("offboarding.webhooks.delivery.headers_of", change.headers_with_another_id),
        BAD_RECEIVER,
        ("every_end_is_delivered",),
    ),
    "any_answer_is_delivered": Bug(
        "a message counts as delivered whatever the receiver says",
        at("offboarding.webhooks.delivery.send", change.send_and_believe),
        BAD_RECEIVER,
        ("every_end_is_delivered",),
    ),
    "step_end_not_recorded": Bug(
        "the end of a step has no audit record",
        at(f"{A}.run_steps.record", change.record_no_steps),
        FAIR,
        ("every_change_is_recorded_once",),
    ),
    "reads_not_kept": Bug(
        "what a step read is thrown away",
        at(f"{A}.run_steps.keep_readings", lambda step, readings: {}),
        FAIR,
        ("evidence_is_what_was_recorded",),
    ),
    "failed_step_counts_as_done": Bug(
        "a retry goes on after the failed step instead of repeating it",
        at(f"{A}.run_control.let_go_on", change.go_on_after_the_failed_step),
        NONSENSE,
        ("every_change_is_recorded_once",),
    ),
    "outbox_row_after_the_commit": Bug(
        "the message of an end is written after its transaction, and a crash between the two loses it",
        at(f"{A}.runs.end_with_document", change.end_and_tell_later),
        unit_test="tests/actions/test_runs.py::test_the_end_completes_request_run_document_and_outbox_together",
    ),
    # ---------------------------------------------------------------- the archive
    "delete_before_archive": Bug(
        "the deletion comes before the archive, and does not ask for one",
        together(
            at(f"{P}.runner.order_for", change.deletion_first),
            at(f"{S}.delete_person.archive_must_be_whole", lambda work: None),
        ),
        FAIR,
        (ARCHIVED,),
    ),
    "delete_without_verifying": Bug(
        "the archive is not read again before the deletion",
        at(f"{P}.last_look.verify", lambda *_, **__: None),
        ROT,
        (ARCHIVED,),
    ),
    "file_not_synced": Bug(
        "a file is renamed before its bytes are on the disk",
        at("offboarding.archives.files.NewFile.sync", lambda self: None),
        POWER_CUTS,
        ("archives_hold_the_history", ARCHIVED),
    ),
    "folder_not_synced": Bug(
        "a rename is not made durable",
        at("offboarding.archives.files.sync_folder", lambda folder: None),
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
        together(at("offboarding.archives.pages._new_lines", change.lose_a_line), change.nothing_verified),
        FAIR,
        ("archives_hold_the_history",),
    ),
    "archive_lost": Bug(
        "the archive is stored, and its file is swept away as one that nobody needs any more",
        at(f"{S}.archive_history.store_archive", change.store_and_lose),
        FAIR,
        ("observed_means_seen",),
    ),
    "duplicates_kept": Bug(
        "what two neighbouring windows both send is written twice",
        at("offboarding.archives.writer.read_window", change.window_without_before),
        unit_test="tests/archives/test_complete.py::test_a_conversation_two_windows_send_stands_once_also_after_a_restart",
    ),
    "gap_accepted": Bug(
        "conversations that are missing stop nothing, though nobody accepted that they are",
        together(*(at(f"offboarding.archives.{room}.may_lack", lambda *_: 1_000) for room in ("writer", "verify"))),
        unit_test="tests/pipeline/test_history_gap.py::test_a_gap_stops_the_run_with_its_window_and_numbers",
    ),
    # ---------------------------------------------------------------- the world
    "etag_not_sent": Bug(
        "the deletion does not depend on the last look",
        at("offboarding.genesys.client.GenesysClient.delete_scim_v2_user", change.delete_whatever_it_is_by_now),
        unit_test="tests/pipeline/test_deletion_troubles.py::test_the_deletion_carries_the_etag_of_the_last_look",
    ),
    "inactive_not_read_back": Bug(
        "suspending counts as done when it was sent",
        at(f"{S}.suspend_sign_in.SuspendSignIn.apply", change.suspend_without_looking),
        LIES,
        ("observed_means_seen",),
    ),
    "tokens_not_deleted": Bug(
        "signing out is not carried out",
        at("offboarding.genesys.client.GenesysClient.delete_token", change.delete_no_token),
        FAIR,
        ("observed_means_seen", "documents_are_true"),
    ),
    "queues_not_read_back": Bug(
        "leaving a queue counts as done when it was sent",
        at(f"{S}.leave_queues.until_gone", lambda *_, **__: None),
        LIES,
        ("observed_means_seen",),
    ),
    "deletion_not_read_back": Bug(
        "the deletion counts as done when it was sent, or answered 404",
        at(f"{S}.delete_person.DeletePerson.apply", change.delete_without_looking),
        LIES,
        ("observed_means_seen", "documents_are_true"),
    ),
    "deletion_repeated_blindly": Bug(
        "a deletion whose answer was lost is sent again, without a look whether it took effect",
        at("offboarding.genesys.client.GenesysClient.delete_scim_v2_user", change.delete_until_answered),
        LOST_ANSWERS,
        ("no_deletion_without_a_look",),
    ),
    **{
        f"{key}_not_read_back": Bug(
            f"the end of {key} is believed without a look",
            at(f"{S}.{key}.until_gone", lambda *_, **__: None),
            LIES | {"whom": "holds everything"},
            ("observed_means_seen",),
        )
        for key in (
            "remove_roles",
            "leave_groups",
            "clear_skills",
            "release_phones",
            "stop_forwarding",
            "leave_workforce",
        )
    },
    "groups_not_read": Bug(
        "nobody looks what groups and team somebody is in",
        at("offboarding.people.holdings.group_items", lambda *_: ()),
        FAIR,
        ("documents_are_true",),
    ),
    "leftovers_not_looked_for": Bug(
        "the last look does not see what was given back since",
        at(f"{S}.delete_person.left_over", lambda work, seen: ()),
        CHANGES,
        ("delete_only_who_was_emptied",),
    ),
    "flags_always_true": Bug(
        "the document says what should have happened",
        at(f"{A}.outbox.document_of", change.rosy_document),
        NONSENSE,
        ("documents_claim_only_what_was_seen", "documents_are_true"),
    ),
    "token_in_the_log": Bug(
        "a call is logged with its headers",
        at("offboarding.genesys.transport.exchange", change.exchange_and_tell),
        FAIR,
        ("no_secret_is_kept",),
    ),
    "name_in_the_log": Bug(
        "the end of a run is logged with the name of the person",
        at(f"{A}.runs.end_with_document", change.end_and_name),
        FAIR,
        ("nobody_is_named_in_the_log",),
    ),
    "nobody_waits_for_the_window": Bug(
        "a call is sent although the window is full",
        at("offboarding.genesys.pacing._wait", lambda *_: 0.0),
        NARROW_WINDOW,
        ("calls_stay_under_the_limit",),
    ),
}
