"""Somebody who holds everything: each holding is seen empty at the end, or stands on the list to be taken over."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.urls import reverse

from offboarding import people, plan
from offboarding.actions.decisions import approve_request
from offboarding.actions.requests import close_request, open_request
from offboarding.actions.run_control import ask_stop
from offboarding.archives.storage import absolute
from offboarding.genesys import connect
from offboarding.models import Archive, DeprovisionRequest, Run
from offboarding.pipeline import planner
from offboarding.pipeline.steps import archive_history
from offboarding.steps import PIPELINE
from offboarding.views.verdicts import verdicts
from tests import call_bounds
from tests.flows import approved, client, drive, once, request_for, states
from tests.views.conftest import words_of

pytestmark = pytest.mark.django_db
EMPTY = ("queues", "grants", "groups", "skills", "languages", "phones", "live", "utilization", "backup")


def approved_with(staff: Any, approver: Any, person_id: str, live: str) -> Run:
    """Asked for with a way to treat live conversations, planned and approved."""
    person = people.exactly_one(client(), person_id)
    request = open_request(staff, org=connect.org(), person=person, reason="Voluntary", live=live)
    planner.plan_request(request.pk, client())
    stored = DeprovisionRequest.objects.get(pk=request.pk).plans.get()
    return approve_request(approver, request_id=request.pk, digest=stored.digest, confirmation=request.person_email)


def archived_ids(run: Run) -> set[str]:
    with gzip.open(absolute(Archive.objects.get(request=run.request).path), "rt", encoding="utf-8") as lines:
        return {json.loads(line)["conversationId"] for line in lines}


@pytest.mark.usefixtures("lagging")
def test_everything_ends_or_is_handed_over(sandbox, staff, approver):
    person = sandbox.person("holds everything and talks")["id"]
    before = sandbox.change(person, conversations=5_000)
    assert all(before[kind] for kind in EMPTY), {kind: before[kind] for kind in EMPTY}
    assert {kind: len(before[kind]) for kind in ("queues", "grants", "skills", "live")} == {
        "queues": 20,
        "grants": 12,
        "skills": 30,
        "live": 1,
    }
    assert len({division for _, division, _ in before["grants"]}) == 4 and len(before["groups"]) >= 6
    assert before["management_unit"] and before["forwarding"]["enabled"] and before["station"] and before["team"]
    run = drive(approved_with(staff, approver, person, "transfer"))
    assert run.state == "completed", (run.problem, run.remedy)
    assert run.document["actions"]["archiveCount"] == 5_000 + 1, "the one that was handed back is history too"
    after = sandbox.state(person)
    assert {kind: after[kind] for kind in EMPTY if after[kind]} == {}
    assert (after["state"], after["management_unit"], after["forwarding"]["enabled"]) == ("deleted", None, False)
    assert (after["station"], after["default_station"], after["phone"], after["team"]) == (None, None, None, None)
    assert {key for key, state in states(run).items() if state == "observed"} == {*PIPELINE} - {"notify"}
    for use in ("associated", "default"):
        assert len(sandbox.calls(method="DELETE", path=f"/{person}/station/{use}station$")) == 1, use
    handed = " ".join(run.document["handOver"])
    for what in ("work item", "to be scored by them", "coaching", "OAuth client", "take over direct calls"):
        assert what in handed
    assert "Handling complaints" in handed and "Data protection" in handed, "coaching and learning"


def test_what_became_of_each_phone_station_and_number_is_said(sandbox, staff, approver):
    """A phone that was deleted is not free, and a station that is associated and default is one."""
    person = sandbox.person("holds everything")
    run = approved(staff, approver, person["id"])
    line = f"{person['name']} WebRTC"
    number = next(action.name for action in plan.actions_of(run.plan.document) if action.kind == "did")
    assert f"Let go of 1 station: {line} (associated and default)" in plan.sentences(run.plan.document)
    step = drive(run).steps.get(key="release_phones")
    assert step.sentence == (
        f"Seen in Genesys: WebRTC phone {line} deleted; station {line} (associated and default) released; "
        f"direct number {number} free."
    )
    assert step.evidence == {"deleted": [line], "released": [f"{line} (associated and default)"], "free": [number]}


def test_a_number_is_freed_and_the_other_addresses_stay(sandbox, staff, approver, agent):
    """All addresses are replaced in one call: what is not sent again is lost."""
    others = [
        {"address": "+4915550000001", "mediaType": "PHONE", "type": "MOBILE"},
        {"address": "+4915550000002", "mediaType": "SMS", "type": "WORK2"},
        {"address": "private@example.com", "mediaType": "EMAIL", "type": "HOME"},
    ]
    sandbox.change(agent, addresses=others)
    assert sandbox.state(agent)["phone"]
    run = drive(approved(staff, approver, agent))
    assert run.state == "completed", run.problem
    assert (sandbox.state(agent)["phone"], sandbox.state(agent)["addresses"]) == (None, others)


def test_two_stations_of_one_name_are_two(sandbox, staff):
    person = sandbox.person("holds everything")
    first, second = "5a000000-0000-4000-8000-000000000001", "5a000000-0000-4000-8000-000000000002"
    sandbox.change(person["id"], station=first, default_station=second)
    told = plan.sentences(request_for(staff, person["id"]).plans.get().document)
    name = f"{person['name']} WebRTC"
    assert f"Let go of 2 stations: {name} {first} (associated), {name} {second} (default)" in told


@pytest.mark.parametrize("who", ["holds everything", "plain agent", "inherits queues through a group"])
def test_the_calls_are_no_more_than_the_work_needs(sandbox, staff, approver, who):
    """As many writes as things to end; three snapshots and one read-back of each place that was written to."""
    person = sandbox.person(who)["id"]
    sandbox.clear_calls()
    run = approved(staff, approver, person)
    planned = [call for call in call_bounds.made(sandbox) if call_bounds.is_read(call)]
    before, snapshot = call_bounds.snapshot_of(run)
    assert snapshot == call_bounds.snapshot(before)
    assert len(planned) <= call_bounds.most_reads_of_the_plan(before)
    run = drive(run)
    assert run.state == "completed", run.problem
    steps = call_bounds.calls_by_step(run)
    assert sum(writes for writes, _ in steps.values()) <= call_bounds.fewest_writes(run)
    most = call_bounds.most_reads(run, before)
    over = {key: reads for key, (_, reads) in steps.items() if key != "archive_history" and reads > most[key]}
    assert over == {}, most


def test_steps_that_nobody_needs_cost_no_call(sandbox, staff, approver):
    run = drive(approved(staff, approver, sandbox.person("holds nothing")["id"]))
    assert run.state == "completed", run.problem
    calls = {step.key: step.calls for step in run.steps.all()}
    for key in ("release_phones", "stop_forwarding", "leave_workforce", "remove_roles", "leave_groups", "clear_skills"):
        assert calls[key] == {}, key
    assert not sandbox.calls(path="/teams/")


def test_a_live_conversation_is_handed_back_to_its_queue(sandbox, staff, approver):
    person = sandbox.person("in a live conversation")["id"]
    queue = sandbox.state(person)["live"][0]["queue"]
    run = drive(approved_with(staff, approver, person, "transfer"))
    assert run.state == "completed", run.problem
    (moved,) = sandbox.state(person)["transferred"]
    assert moved["to"] == queue
    assert moved["id"] in archived_ids(run)
    assert "handed back" in run.steps.get(key="settle_conversations").sentence


def test_a_live_conversation_that_was_waited_for_is_archived_with_its_end(sandbox, staff, approver):
    person = sandbox.person("in a live conversation")["id"]
    live = sandbox.state(person)["live"][0]["id"]
    run = approved_with(staff, approver, person, "wait")
    assert once(run).state == "parked"
    sandbox.post("hang-up", {"person": person})
    run = drive(run)
    assert run.state == "completed", run.problem
    assert live in archived_ids(run)


def test_what_was_said_past_midnight_by_the_clock_of_genesys_is_archived(sandbox, staff, approver):
    """Our clock is behind: here it is today, there it is tomorrow, and the last conversation began there."""
    person = sandbox.person("in a live conversation")["id"]
    now = datetime.now(UTC)
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    began = midnight + timedelta(seconds=30)
    sandbox.faults({"skew": (midnight - now).total_seconds() + 60, "times": None})
    live = sandbox.state(person)["live"][0] | {"start": round(began.timestamp() * 1000)}
    sandbox.change(person, live=[live])
    run = drive(approved_with(staff, approver, person, "transfer"))
    assert run.state == "completed", (run.problem, run.remedy)
    assert live["id"] in archived_ids(run)


def test_a_live_conversation_is_for_an_approver_to_decide_when_that_was_chosen(sandbox, staff, approver, client):
    """Nothing but the cut of access is written before; whoever approves lets the run wait for its end."""
    person = sandbox.person("in a live conversation")["id"]
    run = drive(approved_with(staff, approver, person, "refuse"))
    assert (run.state, run.locked_out_at) == ("plan_changed", None)
    assert "still in 1 live conversation: the plan said to stop then." in run.problem
    assert sandbox.state(person)["state"] == "inactive"
    assert sandbox.state(person)["live"]
    assert sandbox.state(person)["queues"]
    changed = run.request.plans.latest("number")
    assert changed.document["live_conversations"] == "wait"
    client.force_login(approver)
    words = words_of(client.get(reverse("request", args=[run.request_id])))
    assert "Another way with live conversations than before: wait until they have ended" in words
    assert "close this request, and ask for a new one with “Hand it back to the queue it came from”" in words
    assert "nothing that the work would do has changed" not in words
    assert "a live conversation was not seen to end" in verdicts(run.request, run, None)[0].sentence
    approve_request(approver, request_id=run.request_id, digest=changed.digest, confirmation=run.request.person_email)
    assert once(run).state == "parked"
    sandbox.change(person, live=[])
    assert drive(run).state == "completed"


@pytest.mark.parametrize(
    ("path", "section"),
    [
        ("/station$", "stations"),
        ("/edges/phones", "phones"),
        ("/edges/dids", "numbers"),
        ("/callforwarding", "forwarding"),
    ],
)
def test_no_plan_is_made_while_equipment_is_unknown(sandbox, staff, path, section):
    person = people.exactly_one(client(), sandbox.person("plain agent")["id"])
    sandbox.faults({"path": path, "status": 403, "code": "missing.permissions", "times": None})
    request = open_request(staff, org=connect.org(), person=person, reason="Voluntary")
    planner.plan_request(request.pk, client())
    request.refresh_from_db()
    assert request.state == "plan_failed"
    assert section in request.problem


def test_a_duty_that_could_not_be_read_is_said_in_the_plan_and_stops_nothing(sandbox, staff, approver):
    sandbox.faults({"path": "/workitems/query", "status": 403, "code": "missing.permissions", "times": None})
    run = approved(staff, approver, sandbox.person("plain agent")["id"])
    assert any(line.startswith("Not known: work items.") for line in run.plan.document["hand_over"])


@pytest.mark.parametrize(
    ("by_jobs", "attributes", "masked"), [(True, False, True), (False, False, True), (False, True, False)]
)
def test_the_archive_keeps_what_was_chosen_and_says_so(
    sandbox, staff, approver, monkeypatch, by_jobs, attributes, masked
):
    """By jobs, which alone bring attributes, also where a short history would be asked for by queries."""
    monkeypatch.setattr(archive_history, "JOBS_ABOVE", 100 if by_jobs else 1_000)
    sandbox.options(job_delay=0)
    person = sandbox.person("plain agent")
    sandbox.change(person["id"], conversations=120)
    request = open_request(
        staff,
        org=connect.org(),
        person=people.exactly_one(client(), person["id"]),
        reason="Voluntary",
        keep_attributes=attributes,
        mask_addresses=masked,
    )
    planner.plan_request(request.pk, client())
    request.refresh_from_db()
    stored = request.plans.get()
    told = next(line for line in plan.sentences(stored.document) if line.startswith("Archive"))
    assert ("customers' names and addresses are masked" in told, "participants' attributes are kept" in told) == (
        masked,
        attributes,
    )
    run = drive(
        approve_request(approver, request_id=request.pk, digest=stored.digest, confirmation=request.person_email)
    )
    assert run.state == "completed", run.problem
    archive = Archive.objects.get(request=request)
    assert archive.manifest["query"]["kept"] == {"participantAttributes": attributes, "addressesMasked": masked}
    assert bool(sandbox.calls(method="POST", path="/details/jobs$")) is (by_jobs or attributes)
    with gzip.open(absolute(archive.path), "rt", encoding="utf-8") as lines:
        participants = [each for line in lines for each in json.loads(line)["participants"]]
    assert bool([each for each in participants if "attributes" in each]) is attributes
    newest = [window["count"] for window in archive.manifest["windows"] if window["way"] == "query"]
    lacking = f"{plan.counted(sum(newest), 'conversation')} came without participants' attributes, which Genesys gives"
    assert (lacking in run.steps.get(key="archive_history").sentence) is attributes
    assert (lacking in verdicts(request, run, archive)[1].sentence) is attributes
    assert (lacking in run.document["archive"].get("withoutAttributes", "")) is attributes
    addresses = {session.get("ani") for each in participants for session in each["sessions"]}
    assert (addresses <= {None, "", "masked"}) is masked


def test_a_division_that_the_client_does_not_see_is_said_in_the_plan(sandbox, staff, approver):
    """Its queues are silently missing from every answer: nobody may take the plan for complete."""
    person = sandbox.person("holds everything")["id"]
    first = approved(staff, approver, person)
    whole = len(first.plan.document["actions"])
    ask_stop(approver, request_id=first.request_id)
    close_request(approver, request_id=first.request_id, reason="To be asked again")
    sandbox.post("permissions", {"divisions": [sandbox.name_id("division", "Home")]})
    document = approved(staff, approver, person).plan.document
    assert len(document["actions"]) < whole
    assert document["warnings"][0].startswith("This console does not see the divisions ")
    assert "Europe North" in document["warnings"][0]


def test_that_the_divisions_are_not_known_is_said_too(sandbox, staff, approver):
    sandbox.faults({"path": "/authorization/divisions", "status": 403, "code": "missing.permissions"})
    run = approved(staff, approver, sandbox.person("plain agent")["id"])
    assert run.plan.document["warnings"][0].startswith("It is not known which divisions this console sees: ")
