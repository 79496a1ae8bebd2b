"""The article's command line, as a stranger uses it: exit codes, and nothing but the document on standard output."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from offboarding.ask_forms import RequestForm
from offboarding.models.request import LivePolicy, Reason
from offboarding.sandbox.testing import SandboxThread
from offboarding.status import STATUSES
from offboarding.steps import PIPELINE
from tests.console import Console


@pytest.fixture(scope="module")
def shared(tmp_path_factory: Any) -> Iterator[Console]:
    with SandboxThread(people=60, conversations=130) as sandbox:
        made = Console(tmp_path_factory.mktemp("console"), sandbox)
        yield made
        made.close()


@pytest.fixture
def console(shared: Console) -> Console:
    shared.sandbox.clear_faults()
    return shared


def test_it_ends_with_0_and_a_true_document(console):
    person = console.sandbox.person("plain agent")
    document = console.deprovision(person["email"])
    assert (document["userId"], document["status"]) == (person["id"], "COMPLETED")
    assert document["actions"] == {
        "foreignKeys": True,
        "archiveCount": person["conversations"],
        "sessionsRevoked": True,
        "scimDelete": True,
    }
    assert console.sandbox.state(person["id"])["state"] == "deleted"
    lines = console.said.splitlines()
    assert any(line.startswith("Suspend sign-in: Seen done. ") for line in lines)
    assert lines[-1] == f"{STATUSES['request']['completed'].word}."


def test_what_to_know_first_and_what_is_handed_over_stands_beside_the_plan(console):
    console.deprovision(console.sandbox.person("manager")["email"])
    assert "Know this first: Manages " in console.said
    assert "To be taken over by somebody: " in console.said


def test_progress_can_be_json_lines_and_has_the_words_of_the_pages(console):
    console.deprovision(console.sandbox.person("supervisor")["id"], "--json")
    events = [json.loads(line) for line in console.said.splitlines() if line.startswith("{")]
    assert events[0]["event"] == "request"
    steps = [event for event in events if event["event"] == "step"]
    told = {event["message"].removeprefix(f"{PIPELINE[event['step']]}: ").partition(".")[0] for event in steps}
    assert "Seen done" in told
    assert told <= {status.word for status in STATUSES["step"].values()}


@pytest.mark.parametrize("wanted", ["nobody@sandbox.example", "karin", "00000000-0000-4000-8000-000000000000"])
def test_it_never_guesses(console, wanted):
    console.deprovision(wanted, code=2)
    assert console.said.strip()


def test_a_near_equal_e_mail_is_not_taken_for_it(console):
    first, second = console.sandbox.people("near-equal e-mail")
    console.deprovision(first["email"])
    assert console.sandbox.state(second["id"])["state"] == "active"


def test_somebody_already_deleted_is_refused(console):
    console.deprovision(console.sandbox.person("deleted")["id"], code=4)
    assert "already deleted" in console.said


def test_one_account_cannot_do_both(console):
    person = console.sandbox.person("name in Greek")["id"]
    words = ["--requested-by", "staff", "--approved-by", "staff", "--reason", "Voluntary"]
    told = console.run("deprovision", person, *words, code=4).stderr
    assert "somebody else" in told or "approver" in told
    assert console.sandbox.state(person)["state"] == "active"
    (record,) = console.rows("SELECT action, outcome, actor_name FROM offboarding_auditrecord ORDER BY id DESC LIMIT 1")
    assert record[:2] == ("decision.refused", "refused")


def test_an_unknown_account_and_wrong_words_are_usage(console):
    words = ["--requested-by", "nobody", "--approved-by", "approver", "--reason", "Voluntary"]
    assert "no account nobody" in console.run("deprovision", "x", *words, code=2).stderr
    assert "usage" in console.run("deprovision", code=2).stderr
    assert "invalid choice" in console.run("deprovision", "x", *words[:-1], "Boredom", code=2).stderr


def test_a_failure_ends_with_1_and_a_second_call_goes_on(console):
    person = console.sandbox.person("name in Hebrew")["id"]
    console.sandbox.faults(
        {"method": "DELETE", "path": "/scim/v2/users/", "status": 403, "code": "missing.permissions"}
    )
    document = console.deprovision(person, code=1)
    assert document["status"] == "FAILED"
    assert document["actions"]["sessionsRevoked"] is True
    assert document["actions"]["scimDelete"] is False
    assert console.sandbox.state(person)["state"] == "inactive"
    assert console.deprovision(person)["status"] == "COMPLETED"
    assert "The run goes on where it stood." in console.said


def test_a_long_wait_ends_with_75_and_says_until_when(console):
    person = console.sandbox.person("name in CJK")["id"]
    console.sandbox.faults(
        {"method": "DELETE", "path": "/members/", "status": 429, "headers": {"Retry-After": "150"}, "times": None},
        {"path": "bulkremove", "status": 429, "headers": {"Retry-After": "150"}, "times": None},
    )
    console.deprovision(person, code=75)
    assert "Waiting to continue. Waits until" in console.said


def test_a_plan_that_is_put_off_ends_with_75_and_is_read_by_the_next_call(console):
    person = console.sandbox.person("name with an apostrophe")["id"]
    console.sandbox.faults({"path": "/edges/phones", "status": 429, "headers": {"Retry-After": "150"}})
    console.deprovision(person, code=75)
    assert "Waiting to be planned. Waits until" in console.said


def test_it_asks_for_what_the_form_asks_for_and_work_whose_time_has_not_come_ends_with_75(console):
    person = console.sandbox.person("name in Arabic")["id"]
    later = datetime.now(UTC) + timedelta(days=30)
    asked = ["--live", "refuse", "--keep-attributes", "--mask-addresses", "--urgent"]
    asked += ["--not-before", f"{later:%Y-%m-%dT%H:%M}"]
    console.deprovision(person, *asked, code=75)
    assert f"Scheduled. Waits until {later.day} {later:%b %Y, %H:%M}:00 UTC" in console.said
    assert "in case of live conversations, stop, and ask a human" in console.said
    assert "attributes are kept" in console.said and "addresses are masked" in console.said
    rows = console.rows("SELECT live, urgent FROM offboarding_deprovisionrequest ORDER BY id DESC LIMIT 1")
    assert rows == [("refuse", True)]
    console.deprovision(person, *asked, code=75)
    assert "goes on" in console.said
    console.deprovision(person, "--live", "wait", code=4)
    assert "is open already, with another --live" in console.said
    assert console.sandbox.state(person)["state"] == "active"


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["--live", "later"], "invalid choice"),
        (["--not-before", "tomorrow"], "Write the date and time as"),
        (["--not-before", "2020-01-01T00:00"], "--not-before: That time has passed"),
        (["--reason", "Unknown"], "--note: Say in the note why the person leaves"),
    ],
)
def test_what_the_form_would_refuse_is_usage(console, words, why):
    console.deprovision(console.sandbox.person("name with a hyphen")["id"], *words, code=2)
    assert why in console.said


def test_the_help_says_what_each_choice_of_the_form_means(console):
    told = " ".join(console.run("deprovision", "--help").stdout.split())
    assert all(f"{value}: {label}." in told for value, label in (*LivePolicy.choices, *Reason.choices))
    assert all(str(RequestForm.base_fields[name].label) in told for name in ("keep_attributes", "mask_addresses"))


def test_a_failing_webhook_leaves_a_finished_deletion_finished(console):
    person = console.sandbox.person("name in Devanagari")["id"]
    document = console.deprovision(person, DEPROVISION_WEBHOOK_URL="http://127.0.0.1:9/hook")
    assert document["status"] == "COMPLETED"
    rows = console.rows("SELECT state, attempts FROM offboarding_delivery ORDER BY id DESC LIMIT 1")
    assert rows == [("pending", 1)]


def test_a_wrong_secret_and_an_unreachable_org_have_words(console):
    console.deprovision("a@b.example", code=1, GENESYS_CLIENT_SECRET="wrong")
    assert "GENESYS_CLIENT_SECRET" in console.said
    console.deprovision("a@b.example", code=1, GENESYS_DOMAIN="http://127.0.0.1:9")
    assert "GENESYS_DOMAIN" in console.said
    assert "looked for at http://127.0.0.1:9: start it with ./dev run" in console.said and "SANDBOX_URL" in console.said


def test_read_only_changes_nothing(console):
    person = console.sandbox.person("name in Cyrillic")["id"]
    before = console.sandbox.state(person)
    console.deprovision(person, code=1, GENESYS_READ_ONLY="true")
    assert console.sandbox.state(person) == before


@pytest.mark.parametrize(
    "command",
    ["deprovision", "worker", "sandbox", "seed_demo", "create_staff", "remove_staff", "verify_audit", "export_audit"],
)
def test_every_command_has_help_with_an_example(console, command):
    assert "xample" in console.run(command, "--help").stdout
