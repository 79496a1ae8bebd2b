"""The raw reads behind what a step says it saw: kept with its end, found changed, and nothing kept that must not be."""

from __future__ import annotations

import hashlib
import json
from io import StringIO

import pytest
from django.core.management import call_command
from django.urls import reverse

from offboarding.audit.readings import digest_of_readings, problems_of_readings
from offboarding.models import AuditRecord, StepReading
from tests.flows import approved, drive
from tests.views.conftest import words_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def run(sandbox, staff, approver, holder):
    run = drive(approved(staff, approver, holder))
    assert run.state == "completed", run.problem
    return run


def of(run, key):
    return list(StepReading.objects.filter(step__run=run, step__key=key))


def test_what_a_step_saw_is_kept_as_it_came(run):
    suspended, deleted = of(run, "suspend_sign_in")[-1], of(run, "delete_person")[-1]
    assert (suspended.path, json.loads(suspended.body)["state"]) == (
        f"/api/v2/users/{run.request.person_id}/state",
        "inactive",
    )
    assert (json.loads(deleted.body)["state"], deleted.status) == ("deleted", 200)
    assert "20 queues: none of them is in the person's list" in run.steps.get(key="leave_queues").sentence
    joined = [each for each in of(run, "leave_queues") if "/queues?" in each.path]
    assert json.loads(joined[-1].body).get("entities", []) == []
    for each in StepReading.objects.exclude(body=""):
        assert hashlib.sha256(each.body.encode()).hexdigest() == each.sha256
        assert len(each.body.encode()) == each.size


def test_each_end_that_looked_records_the_digest_of_its_reads(run):
    lines = AuditRecord.objects.filter(data__has_key="readings_sha256")
    looked = {"suspend_sign_in", "revoke_sessions", "leave_queues", "remove_roles", "archive_history", "delete_person"}
    assert looked <= {line.data["key"] for line in lines}
    assert sum(line.data["readings"] for line in lines) == StepReading.objects.count()
    assert problems_of_readings() == (StepReading.objects.count(), [])


def test_conversations_are_kept_once_and_only_in_the_archive(run):
    read = [each for each in of(run, "archive_history") if each.path.startswith("/api/v2/analytics/conversations/")]
    assert read
    assert all(each.body == "" and each.size > 0 for each in read)


def test_an_answer_that_is_changed_or_taken_away_is_found(run):
    kept = of(run, "delete_person")[-1]
    StepReading.objects.filter(pk=kept.pk).update(body=kept.body.replace("deleted", "active"))
    where = f"request {run.request_id}, delete_person, attempt {kept.attempt}"
    assert problems_of_readings()[1] == [f"{where}: {kept.path} was changed"]
    StepReading.objects.filter(pk=kept.pk)._raw_delete("default")  # by hand, past the model
    told = StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("verify_audit", stdout=StringIO(), stderr=told)
    record = AuditRecord.objects.get(action="step.observed", data__key="delete_person")
    assert ended.value.code == 1
    assert f"CHANGED: {where}: the answers are not those of record {record.sequence}." in told.getvalue()


def test_what_a_step_saw_when_it_failed_is_kept_as_well(sandbox, staff, approver, holder):
    run = approved(staff, approver, holder)
    sandbox.faults(
        {"method": "PUT", "path": f"/users/{holder}/state", "times": None, "status": 204}
    )  # and does nothing
    drive(run)
    line = AuditRecord.objects.get(action="run.failed")
    kept = of(run, "suspend_sign_in")
    assert (run.state, line.data["key"], line.data["readings"]) == ("failed", "suspend_sign_in", len(kept))
    assert json.loads(kept[-1].body)["state"] == "active"


def test_each_read_is_kept_with_what_was_asked(run):
    """A path alone does not repeat a search: its answer depends on the interval and the page that were sent."""
    asked = [each for each in StepReading.objects.all() if each.method == "POST"]
    searched = next(each for each in asked if each.path == "/api/v2/analytics/conversations/details/query")
    question = json.loads(searched.asked)
    assert "interval" in question and run.request.person_id in searched.asked
    assert all(each.method == "GET" and each.asked == "" for each in StepReading.objects.all() if each not in asked)


def test_a_question_that_is_changed_is_found(run):
    kept = StepReading.objects.filter(method="POST").first()
    StepReading.objects.filter(pk=kept.pk).update(asked=kept.asked.replace("interval", "intervall") + " ")
    (problem,) = problems_of_readings()[1]
    assert problem.startswith(f"request {run.request_id}, {kept.step.key}, attempt {kept.attempt}: the answers are not")


def test_a_digest_from_before_the_verbs_were_kept_still_fits():
    old = StepReading(path="/api/v2/users/1", status=200, sha256="ab")
    assert digest_of_readings([old]) == hashlib.sha256(b"ab 200 /api/v2/users/1\n").hexdigest()


def test_the_page_gives_them_to_an_auditor_and_records_it(run, auditor, client):
    client.force_login(auditor)
    page = client.get(reverse("request", args=[run.request_id])).content.decode()
    assert f"{StepReading.objects.count()} answers of Genesys Cloud" in page
    response = client.get(reverse("request_answers", args=[run.request_id]))
    told = response.json()["answers"]
    assert response.headers["Content-Disposition"].startswith("attachment; ")
    line = AuditRecord.objects.get(action="answers.downloaded")
    assert (line.actor_name, line.request_number) == ("Otto (otto)", run.request_id)
    assert line.data["sha256"] == hashlib.sha256(response.content).hexdigest()
    assert all(json.loads(each["asked"]) for each in told if each["method"] == "POST")
    assert len(told) == StepReading.objects.count()
    assert {each["bodyKept"] for each in told if each["step"] == "delete_person"} == {True}
    assert not any(each["bodyKept"] for each in told if each["path"].startswith("/api/v2/analytics/conversations/"))
    assert [each["sha256"] for each in told] == list(
        StepReading.objects.order_by("read_at", "id").values_list("sha256", flat=True)
    )
    assert (
        json.loads(next(each for each in reversed(told) if each["step"] == "delete_person")["body"])["state"]
        == "deleted"
    )


def test_the_answers_are_refused_to_whoever_does_not_audit(run, approver, client):
    client.force_login(approver)
    assert "answers of Genesys Cloud home. Only an auditor can." in words_of(
        client.get(reverse("request", args=[run.request_id]))
    )
    assert client.get(reverse("request_answers", args=[run.request_id])).status_code == 403
    assert AuditRecord.objects.get(action="access.refused").actor_name == "Ada (ada)"


def test_before_a_step_has_looked_there_is_nothing_to_take(sandbox, staff, approver, holder, auditor, client):
    run = approved(staff, approver, holder)
    client.force_login(auditor)
    assert client.get(reverse("request_answers", args=[run.request_id])).status_code == 404
