"""The audit trail: appended with its change, in one chain, and any tampering is found."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from django.db import DatabaseError, connection, transaction

from offboarding.audit.chain import check_chain, verify_chain
from offboarding.audit.events import EVENTS
from offboarding.audit.record import NotInATransaction, record, record_alone, sentence_of, utc_text
from offboarding.models import AuditHead, AuditRecord
from offboarding.status import status_of
from tests.append_only import triggers_off

pytestmark = pytest.mark.django_db


def write(number: int) -> None:
    for index in range(number):
        record_alone(None, "account.created", data={"name": f"n{index}", "roles": "staff"})


def test_records_count_from_one_and_point_back(staff):
    write(3)
    lines = list(AuditRecord.objects.order_by("sequence"))
    assert [line.sequence for line in lines] == [1, 2, 3]
    assert lines[0].previous_hash == "0" * 64
    assert [line.previous_hash for line in lines[1:]] == [line.hash for line in lines[:2]]


def test_the_actor_is_frozen_as_text(staff):
    line = record_alone(staff, "account.signed_in")
    staff.delete()
    line.refresh_from_db()
    assert line.actor_name == "Sam (sam)"
    assert sentence_of(line) == "Sam (sam) signed in"


def test_a_time_is_kept_for_machines_and_told_to_people():
    at = datetime(2026, 11, 26, 4, 49, 46, 789, tzinfo=UTC)
    line = record_alone(None, "run.parked", person_name="Zoë", data={"until": utc_text(at), "why": "Busy"})
    assert line.data["until"] == "2026-11-26T04:49:46.000789Z"
    assert sentence_of(line) == "The run for Zoë waits until 26 Nov 2026, 04:49:46 UTC: Busy"


def test_an_unregistered_action_is_refused():
    with pytest.raises(KeyError), transaction.atomic():
        record(None, "person.vanished")
    assert not AuditRecord.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_it_refuses_to_stand_outside_the_transaction_of_its_change():
    with pytest.raises(NotInATransaction):
        record(None, "account.signed_in")


def test_secrets_are_starred_however_deep():
    line = record_alone(
        None, "connection.tested", data={"result": {"access_token": "abc", "list": [{"password": "x"}]}}
    )
    assert line.data == {"result": {"access_token": "***", "list": [{"password": "***"}]}}


@pytest.mark.parametrize("statement", ["UPDATE {} SET actor_name = 'nobody'", "DELETE FROM {}"])
def test_the_database_refuses_to_change_or_delete(statement):
    write(1)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        connection.cursor().execute(statement.format(AuditRecord._meta.db_table))
    assert AuditRecord.objects.get().actor_name == "the system"


def test_an_unbroken_chain_verifies_and_says_how_far():
    write(5)
    report = verify_chain()
    head = AuditHead.objects.get()
    assert (report.ok, report.checked, report.sequence) == (True, 5, 5)
    assert (head.verified_sequence, head.verified_hash) == (5, report.hash)


TAMPERINGS = {
    "a changed actor": ("UPDATE {} SET actor_name = 'nobody' WHERE sequence = 3", "record 3 was changed"),
    "changed data": ("UPDATE {} SET data = '{{}}' WHERE sequence = 3", "record 3 was changed"),
    "a changed time": (
        "UPDATE {} SET at = '2020-01-01 00:00:00+00:00' WHERE sequence = 2",
        "record 2 was changed",
    ),
    "a missing record": ("DELETE FROM {} WHERE sequence = 3", "record 3 is missing"),
    "a missing first": ("DELETE FROM {} WHERE sequence = 1", "record 1 is missing"),
    "a missing end": ("DELETE FROM {} WHERE sequence = 5", "the head names record 5, the last one is 4"),
    "a changed link": (
        "UPDATE {} SET previous_hash = hash WHERE sequence = 4",
        "record 4 does not follow record 3",
    ),
}


@pytest.mark.parametrize("name", TAMPERINGS)
def test_tampering_is_found_and_named(name):
    statement, problem = TAMPERINGS[name]
    write(5)
    with triggers_off():
        connection.cursor().execute(statement.format(AuditRecord._meta.db_table))
    report = check_chain()
    assert not report.ok
    assert report.problem == problem


def test_a_record_beyond_the_head_is_found():
    write(2)
    AuditHead.objects.update(sequence=1, hash=AuditRecord.objects.get(sequence=1).hash)
    report = check_chain()
    assert report.problem == "record 2 stands beyond the head"


def test_two_records_cannot_share_a_sequence():
    write(1)
    line = AuditRecord.objects.get()
    line.pk = None
    with pytest.raises(DatabaseError), transaction.atomic():
        line.save(force_insert=True)


def test_every_sentence_can_be_built_without_its_data():
    for action in EVENTS:
        line = AuditRecord(action=action, actor_name="Ada", person_name="Zoë", data={})
        assert "{" not in sentence_of(line), action


def test_a_run_that_failed_is_not_told_as_one_that_somebody_stopped():
    """In the word of the status, which lists and the page of the request show of it."""
    told = {action: EVENTS[action] for action in ("run.failed", "run.stopped", "run.stopped_within")}
    assert {action for action, words in told.items() if "stopped" in words} == {"run.stopped", "run.stopped_within"}
    assert status_of("request", "failed").word.lower() in told["run.failed"]


def test_the_hash_can_be_computed_again_from_the_exported_json(staff):
    import hashlib

    from offboarding.audit.export import stream_jsonl

    write(2)
    record_alone(staff, "account.signed_in", person_id="p", person_name="Zoë 😀", org_id="o")
    for text in stream_jsonl(AuditRecord.objects.order_by("sequence")):
        line = json.loads(text)
        hashed = {
            "actor_name": line["actor"],
            **{
                key: line[key]
                for key in (
                    "sequence",
                    "at",
                    "org_id",
                    "actor_id",
                    "action",
                    "outcome",
                    "person_id",
                    "request",
                    "data",
                    "previous_hash",
                )
            },
            "person_name": line["person"],
        }
        again = json.dumps(hashed, sort_keys=True, separators=(",", ":")).encode()
        assert hashlib.sha256(again).hexdigest() == line["hash"]
