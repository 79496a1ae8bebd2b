"""What lies in a division that the console does not see is still held: the plan, the document and the page say so."""

from __future__ import annotations

import pytest
from django.urls import reverse

from offboarding import plan
from offboarding.actions.run_control import retry_run
from offboarding.models import Plan, Run
from offboarding.plan import ALL_SEEN, digest_of, sight_of
from offboarding.views.verdicts import verdicts
from tests.flows import approved, drive, once
from tests.views.conftest import words_of

pytestmark = pytest.mark.django_db
NOT_SEEN = "is still held: this console does not see them."


@pytest.fixture
def person(sandbox):
    """Holds queues in many divisions; the console sees one. Grants elsewhere would stop the work, so there are none."""
    found, home = sandbox.person("holds everything")["id"], sandbox.name_id("division", "Home")
    grants = [grant for grant in sandbox.state(found)["grants"] if grant[1] == home]
    sandbox.change(found, grants=grants)
    sandbox.grant_in("Home")
    return found


def test_what_is_held_in_an_unseen_division_is_never_called_resolved(sandbox, staff, approver, person, client):
    run = drive(approved(staff, approver, person))
    assert (run.state, sandbox.state(person)["state"]) == ("completed", "deleted"), run.problem
    assert sandbox.state(person)["queues"], "nothing was hidden, so that nothing is shown by this"
    assert run.document["compliance"]["foreignKeysResolved"] is run.document["actions"]["foreignKeys"] is False
    assert run.document["compliance"]["softDeleteEnabled"] is True
    (told,) = [line for line in run.document["handOver"] if line.endswith(NOT_SEEN)]
    assert "Europe North" in told
    beyond = sight_of(run.plan.document).beyond
    assert beyond.startswith("Not looked for in the divisions ")
    for step in ("leave_queues", "remove_roles"):
        assert run.steps.get(key=step).sentence.endswith(beyond)
    deleted = verdicts(run.request, run, None)[-1]
    assert (deleted.answer, deleted.sentence) == ("yes", f"Genesys Cloud said so when it was asked again. {told}")
    client.force_login(approver)
    words = words_of(client.get(reverse("request", args=[run.request_id])))
    assert words.count(told) == 2, "as a part of the verdict, and among what is to be taken over"


def test_a_history_that_may_lack_what_lies_there_is_never_called_archived(sandbox, staff, approver, person):
    run = drive(approved(staff, approver, person))
    archive = run.request.archive
    assert (run.state, run.document["actions"]["archiveCount"]) == ("completed", archive.count)
    assert run.document["compliance"]["historyArchived"] is False
    missing = run.document["archive"]["mayLack"]
    assert "Europe North" in missing
    assert archive.manifest["query"]["mayLack"] == missing
    kept = verdicts(run.request, run, archive)[1]
    assert (kept.title, kept.answer) == ("History kept", "partly")
    assert kept.sentence.endswith(missing)


def test_the_plan_names_them_and_the_digest_covers_them(sandbox, staff, approver, person):
    stored = approved(staff, approver, person).plan
    seen = sight_of(stored.document)
    assert "Europe North" in seen.unseen and "Home" not in seen.unseen and not seen.unknown
    assert stored.document["warnings"][0] == seen.warning
    assert plan.handed_over(stored.document)[-1].endswith(NOT_SEEN)
    assert digest_of({**stored.document, "sight": ALL_SEEN.to_json()}) != stored.digest


def test_a_new_plan_of_the_same_request_is_as_blind(sandbox, staff, approver, person):
    grants = sandbox.state(person)["grants"]
    sandbox.change(person, grants=grants[1:])
    run = approved(staff, approver, person)
    sandbox.change(person, grants=grants)
    assert once(run).state == "plan_changed"
    first, second = run.request.plans.order_by("number")
    assert second.document["sight"] == first.document["sight"] != ALL_SEEN.to_json()


def test_a_new_plan_says_what_is_seen_by_then(sandbox, staff, approver, person):
    run = approved(staff, approver, person)
    blind = sight_of(run.plan.document).warning
    sandbox.grant_everywhere()
    assert once(run).state == "plan_changed", "the queues of the other divisions are new"
    second = run.request.plans.latest("number")
    assert second.document["sight"] == ALL_SEEN.to_json()
    assert blind in run.plan.document["warnings"] and blind not in second.document["warnings"]


def test_not_knowing_the_divisions_is_not_seeing_them_all(sandbox, staff, approver):
    sandbox.faults({"path": "/authorization/divisions", "status": 403, "code": "missing.permissions"})
    run = drive(approved(staff, approver, sandbox.person("plain agent")["id"]))
    assert run.state == "completed", run.problem
    assert run.document["compliance"]["foreignKeysResolved"] is False
    assert any("divisions that this console may not see" in line for line in run.document["handOver"])


def test_a_console_that_sees_every_division_says_nothing_of_them(sandbox, staff, approver):
    run = drive(approved(staff, approver, sandbox.person("plain agent")["id"]))
    assert run.document["compliance"]["foreignKeysResolved"] is True
    assert run.document["compliance"]["historyArchived"] is True
    assert "mayLack" not in run.document["archive"]
    assert "division" not in " ".join(run.document["handOver"])
    assert verdicts(run.request, run, None)[-1].sentence == "Genesys Cloud said so when it was asked again."


def test_a_plan_from_before_this_was_noted_is_not_taken_for_one_that_saw_all(sandbox, staff, approver):
    run = drive(approved(staff, approver, sandbox.person("plain agent")["id"]))
    document = {key: value for key, value in run.plan.document.items() if key != "sight"}
    Plan.objects.filter(pk=run.plan.pk).update(document=document)
    deleted = verdicts(run.request, Run.objects.get(pk=run.pk), None)[-1]
    assert "The plan was read by a console that did not note it." in deleted.sentence


def test_a_console_that_sees_less_than_when_it_planned_takes_nothing_for_gone(sandbox, staff, approver, person):
    """Its role was narrowed after the approval: what it does not see any more was not left."""
    sandbox.grant_everywhere()
    run = approved(staff, approver, person)
    sandbox.grant_in("Home")
    run = drive(run)
    assert sandbox.state(person)["queues"]
    assert (run.state, run.error_code, sandbox.state(person)["state"]) == ("failed", "sees_less", "inactive")
    assert "Europe North" in run.problem
    sandbox.grant_everywhere()
    retry_run(approver, request_id=run.request_id)
    assert drive(run).state == "completed"
    assert (sandbox.state(person)["queues"], run.document["compliance"]["foreignKeysResolved"]) == ([], True)


def test_a_role_that_is_narrowed_in_the_middle_of_a_step_is_noticed(sandbox, staff, approver, person):
    sandbox.grant_everywhere()
    run = approved(staff, approver, person)
    while not sandbox.calls(method="DELETE", path="/members/"):
        once(run, slice_seconds=0)
    sandbox.grant_in("Home")
    assert drive(run).error_code == "sees_less"
