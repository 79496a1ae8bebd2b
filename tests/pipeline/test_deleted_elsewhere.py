"""Somebody else deletes the person in the middle: done is done, and nothing that was not seen is called gone."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from offboarding.actions.run_control import retry_run
from offboarding.models import Run
from offboarding.pipeline.leftovers import GIVEN_SINCE
from offboarding.plan import actions_of
from tests.flows import approved, client, drive, once, states

pytestmark = pytest.mark.django_db


@pytest.fixture
def holder(sandbox):
    """Somebody who holds something of every kind."""
    return sandbox.person("holds everything")["id"]


def deleted_after(sandbox, run: Run, step: str) -> Run:
    done = []

    def between(run: Run) -> None:
        if not done and states(run)[step] in ("observed", "nothing_to_do"):
            client().put_user_state(run.request.person_id, "deleted")
            done.append(step)

    return drive(run, slice_seconds=0, between=between, most=200)


def names(run: Run, kind: str) -> set[str]:
    """What a step of this run was to end."""
    actions = actions_of(run.plan.document)
    return {action.told for action in actions if action.kind == kind and action.ended_by == "step"}


@pytest.mark.parametrize("after", ["suspend_sign_in", "leave_queues"])
def test_what_was_not_emptied_before_is_not_called_resolved(sandbox, staff, approver, holder, after):
    run = deleted_after(sandbox, approved(staff, approver, holder), after)
    assert run.state == "completed", (run.problem, run.remedy)
    told = run.document
    assert told["actions"]["scimDelete"]
    assert not told["compliance"]["foreignKeysResolved"]
    step = run.steps.get(key="remove_roles")
    assert step.state == "nothing_to_do"
    assert step.sentence == "Somebody else deleted the person before this was done. Not looked at: 14 role grants."
    left = [each.removeprefix("Not seen to have ended with the deletion: ") for each in told["handOver"]]
    assert GIVEN_SINCE in left
    assert (names(run, "queue") <= set(left)) == bool(sandbox.state(holder)["queues"]) == (after == "suspend_sign_in")
    assert names(run, "skill") <= set(left), "nobody can tell any more"


def test_roles_that_ended_with_the_deletion_are_told_apart(sandbox, staff, approver, holder):
    run = deleted_after(sandbox, approved(staff, approver, holder), "suspend_sign_in")
    evidence = run.steps.get(key="delete_person").evidence
    assert names(run, "role") <= set(evidence["ended_with_it"])
    assert not names(run, "role") & set(evidence["references_left"])


def test_a_phone_outlives_nobody(sandbox, staff, approver, holder):
    """It is found by its own id, also when the person is gone."""
    assert sandbox.state(holder)["phones"]
    run = deleted_after(sandbox, approved(staff, approver, holder), "leave_queues")
    step = run.steps.get(key="release_phones")
    assert step.state == "sent", "its stations and numbers were not looked at"
    assert "deleted. Somebody else deleted the person before this was done. Not looked at:" in step.sentence
    assert not sandbox.state(holder)["phones"]


def test_a_phone_that_is_somebody_elses_by_now_is_left_alone(sandbox, staff, approver, agent):
    """What was approved is the phone of the leaver: a colleague has it since, and it was never theirs to lose."""
    run = approved(staff, approver, agent)
    colleague = sandbox.person("holds nothing")["id"]
    (phone,) = sandbox.state(agent)["phones"]
    client().put_user_state(agent, "deleted")
    sandbox.change(agent, phones=[])
    sandbox.change(colleague, phones=[phone])
    (name,) = names(run, "phone")
    drive(run)
    assert run.state == "completed", (run.problem, run.remedy)
    assert sandbox.state(colleague)["phones"] == [phone]
    assert not sandbox.calls(method="DELETE", path="/edges/phones/")
    step = run.steps.get(key="release_phones")
    assert step.state == "nothing_to_do"
    assert "Not listed as theirs any more, and left alone: 1 WebRTC phone." in step.sentence
    assert name in run.steps.get(key="delete_person").evidence["references_left"]


def test_of_two_phones_the_one_that_is_still_theirs_is_deleted(sandbox, staff, approver, agent):
    (first,) = sandbox.state(agent)["phones"]
    second = {"id": "5a000000-0000-4000-8000-000000000003", "station": "5a000000-0000-4000-8000-000000000004"}
    sandbox.change(agent, phones=[first, second])
    run = approved(staff, approver, agent)
    colleague = sandbox.person("holds nothing")["id"]
    client().put_user_state(agent, "deleted")
    sandbox.change(agent, phones=[second])
    sandbox.change(colleague, phones=[first])
    drive(run)
    assert (sandbox.state(agent)["phones"], sandbox.state(colleague)["phones"]) == ([], [first])
    step = run.steps.get(key="release_phones")
    assert step.state == "sent"
    assert len(step.evidence["deleted"]) == 1
    assert ["phone", first["id"]] in [each[:2] for each in step.evidence["overtaken"]]


def test_a_phone_that_an_earlier_slice_deleted_is_not_called_left_alone(sandbox, staff, approver, agent):
    (first,) = sandbox.state(agent)["phones"]
    second = {"id": "5a000000-0000-4000-8000-000000000003", "station": "5a000000-0000-4000-8000-000000000004"}
    sandbox.change(agent, phones=[first, second])
    run = approved(staff, approver, agent)
    client().put_user_state(agent, "deleted")
    drive(run, slice_seconds=0, most=100)
    step = run.steps.get(key="release_phones")
    assert step.attempt > 1
    assert len(step.evidence["deleted"]) == 2
    assert "left alone" not in step.sentence


def test_after_everything_was_emptied_only_what_was_given_since_is_unknown(sandbox, staff, approver, agent):
    run = deleted_after(sandbox, approved(staff, approver, agent), "leave_workforce")
    assert run.state == "completed"
    assert not sandbox.calls(method="DELETE", path="/scim/")
    assert run.steps.get(key="delete_person").evidence["references_left"] == [GIVEN_SINCE]
    assert not run.document["compliance"]["foreignKeysResolved"]


def unconfirmed(sandbox, run: Run) -> None:
    """A deletion was accepted, and did nothing."""
    sandbox.faults({"method": "DELETE", "path": r"^/api/v2/scim/v2/users/", "status": 204})
    assert once(run).state == "parked"
    assert run.steps.get(key="delete_person").outcome == "not_confirmed"


def test_after_an_account_was_seen_alive_a_deletion_is_somebody_elses(sandbox, staff, approver, agent):
    """It could not be deleted then, by its other e-mail: what it was given before others deleted it, nobody saw."""
    run = approved(staff, approver, agent)
    unconfirmed(sandbox, run)
    sandbox.change(agent, email="other@sandbox.example")
    assert (drive(run).state, run.error_code) == ("failed", "another_person")
    sandbox.change(agent, skills={next(iter(sandbox.org.catalogue.skills)): 3.0})
    client().put_user_state(agent, "deleted")
    retry_run(approver, request_id=run.request_id)
    assert drive(run).state == "completed"
    assert run.steps.get(key="delete_person").evidence["references_left"] == [GIVEN_SINCE]
    assert not run.document["compliance"]["foreignKeysResolved"]


@pytest.mark.parametrize(("waited", "left"), [(9, []), (11, [GIVEN_SINCE])])
def test_a_deletion_that_shows_long_after_it_was_sent_may_be_somebody_elses(
    sandbox, staff, approver, agent, waited, left
):
    run = approved(staff, approver, agent)
    unconfirmed(sandbox, run)
    client().put_user_state(agent, "deleted")
    with time_machine.travel(timezone.now() + timedelta(minutes=waited), tick=True):
        Run.objects.update(not_before=None)
        assert drive(run).state == "completed", (run.problem, run.remedy)
    assert run.steps.get(key="delete_person").evidence["references_left"] == left
    assert run.document["compliance"]["foreignKeysResolved"] is not bool(left)
