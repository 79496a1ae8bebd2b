"""Accounts, verification and export from the command line."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from offboarding.actions.archives import note_look
from offboarding.archives.storage import absolute
from offboarding.audit.export import HistoryFilter
from offboarding.audit.record import record_alone, sentence_of
from offboarding.genesys.records import Organization
from offboarding.management.commands.export_audit import FILTERS
from offboarding.models import Archive, AuditRecord, Delivery
from offboarding.models.archive import Harm
from offboarding.start import WrongDatabase, database_must_fit
from offboarding.views.home import health
from tests import states
from tests.actions.test_requests import ask
from tests.append_only import triggers_off
from tests.builders import ORG

pytestmark = pytest.mark.django_db


def run(*words: str) -> tuple[int, str]:
    out = io.StringIO()
    try:
        call_command(*words, stdout=out, stderr=io.StringIO())
    except SystemExit as end:
        return int(end.code or 0), out.getvalue()
    return 0, out.getvalue()


def test_the_demo_accounts_are_made_once_and_only_against_the_sandbox(settings):
    run("seed_demo")
    run("seed_demo")
    assert sorted(User.objects.values_list("username", flat=True)) == sorted(
        ["staff", "approver", "manager", "auditor", "admin"]
    )
    settings.SANDBOX_MODE = False
    with pytest.raises(CommandError, match="only against the sandbox"):
        run("seed_demo")


def test_demo_accounts_and_another_orgs_rows_refuse_a_real_org(settings, staff):
    ask(staff)
    database_must_fit(ORG.id)
    with pytest.raises(WrongDatabase, match="Example Org"):
        database_must_fit(Organization("another", "Another").id)
    run("seed_demo")
    settings.SANDBOX_MODE = False
    with pytest.raises(WrongDatabase, match="demo accounts") as wrong:
        database_must_fit(ORG.id)
    assert "DATABASE_URL" in wrong.value.remedy


@pytest.mark.parametrize(("password", "code"), [("short", 2), ("a-long-enough-passphrase", 0)])
def test_an_account_needs_a_good_password(monkeypatch: Any, password, code):
    monkeypatch.setattr("sys.stdin", io.StringIO(password + "\n"))
    ended, _ = run("create_staff", "grace", "--email", "g@example.test", "--role", "approver")
    assert ended == code
    assert User.objects.filter(username="grace").exists() == (code == 0)


def test_a_removed_account_signs_in_no_more_and_stays_for_what_it_did(staff, client):
    asked = ask(staff)
    client.force_login(staff)
    assert client.get("/requests/").status_code == 200
    assert run("remove_staff", "sam") == (0, "Account sam removed: it cannot sign in any more.\n")
    assert client.get("/requests/").status_code == 302
    assert not client.login(username="sam", password="offboard-demo")
    asked.refresh_from_db()
    assert asked.requested_by == User.objects.get(username="sam")
    line = AuditRecord.objects.latest("sequence")
    assert sentence_of(line).endswith(", on the command line, removed the account sam, which cannot sign in any more")


def test_nobody_is_removed_twice_or_by_guess(staff):
    assert run("remove_staff", "SAM")[0] == 2
    assert User.objects.get().is_active
    assert run("remove_staff", "sam")[0] == 0
    assert run("remove_staff", "sam")[0] == 2
    assert AuditRecord.objects.count() == 1


def test_verify_audit_tells_broken_from_unbroken():
    record_alone(None, "account.created", data={"name": "x", "roles": "y"})
    assert run("verify_audit", "--json")[0] == 0
    with triggers_off():
        connection.cursor().execute("UPDATE offboarding_auditrecord SET actor_name = 'z' WHERE sequence = 1")
    code, told = run("verify_audit", "--json")
    assert (code, json.loads(told)["ok"]) == (1, False)


@pytest.mark.parametrize(("harm", "told"), [(b"other", "was changed"), (None, "cannot be read")])
def test_verify_audit_finds_an_archive_that_was_changed_or_is_lost(staff, approver, harm, told):
    asked = states.completed(staff, approver)
    assert run("verify_audit")[0] == 0
    archive = Archive.objects.get()
    if harm is None:
        absolute(archive.path).unlink()
    else:
        absolute(archive.path).write_bytes(harm)
    code, printed = run("verify_audit", "--json")
    assert code == 1
    assert json.loads(printed)["changed"] == [f"the archive of request {asked.pk} {told}: {archive.path}"]
    assert run("verify_audit")[0] == 1
    noted = AuditRecord.objects.get(action="archive.harmed")
    assert (noted.request_number, noted.outcome, noted.data["problem"]) == (asked.pk, "failed", told)
    item = health(timezone.now())[2]
    assert (item.key, item.sentence[:47]) == ("bad", "1 archive of people's history lost or changed: ")


def test_an_archive_that_is_written_again_during_the_look_is_not_called_changed(staff, approver):
    states.completed(staff, approver)
    before = Archive.objects.get()
    Archive.objects.update(written_at=timezone.now())
    assert note_look(before, Harm.CHANGED) is False
    assert Archive.objects.get().harm == Harm.NONE
    assert not AuditRecord.objects.filter(action="archive.harmed").exists()


def test_verify_audit_tells_a_path_that_is_none_of_ours(staff, approver):
    asked = states.completed(staff, approver)
    Archive.objects.update(path="../secret_key")
    code, printed = run("verify_audit", "--json")
    assert code == 1
    assert json.loads(printed)["changed"] == [f"the archive of request {asked.pk} cannot be read: ../secret_key"]


def test_export_audit_narrows_and_is_itself_recorded(capsys):
    record_alone(None, "account.created", person_name="=1+1")
    assert run("export_audit", "--format", "csv", "--action", "account")[0] == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out, newline="")))
    assert [row["person"] for row in rows] == ["'=1+1"]
    line = AuditRecord.objects.get(action="audit.exported")
    assert sentence_of(line).endswith(", on the command line, exported the history as csv: action=account")
    for wrong in (["--since", "yesterday"], ["--request", "abc"], ["--since", "2026-03-02", "--until", "2026-03-01"]):
        assert run("export_audit", "--format", "csv", *wrong)[0] == 2
    assert AuditRecord.objects.filter(action="audit.exported").count() == 1


def test_the_help_of_the_export_says_what_each_filter_takes(capsys):
    with pytest.raises(SystemExit):
        call_command("export_audit", "--help")
    words = " ".join(capsys.readouterr().out.split())
    for told in (
        "--outcome OUTCOME how it ended: done, refused, failed",
        "--since DAY from this day on, like 2026-03-02",
    ):
        assert told in words
    assert tuple(FILTERS) == HistoryFilter.__slots__


def test_replay_deliveries_by_number_and_since(settings, staff, approver):
    settings.DEPROVISION_WEBHOOK_URL = "http://127.0.0.1:9/hook"
    dead, other = (states.completed(staff, approver, number=number).deliveries.get() for number in (2, 3))
    Delivery.objects.filter(pk=dead.pk).update(state="dead")

    code, told = run("replay_deliveries", "--id", str(dead.pk), str(other.pk), "--json")
    assert code == 4
    [refused] = json.loads(told)["refused"]
    assert (json.loads(told)["replayed"], refused["id"]) == ([dead.pk], other.pk)
    assert refused["problem"] == "This message has yet to be sent."
    line = AuditRecord.objects.filter(action="delivery.replayed").get()
    assert line.actor_name == "the system"

    Delivery.objects.filter(pk=dead.pk).update(state="dead")
    assert run("replay_deliveries", "--since", "tomorrow")[0] == 2
    assert run("replay_deliveries", "--since", "2099-01-01")[1] == "To be sent again: none.\n"
    assert run("replay_deliveries", "--since", "2026-01-01T09:00") == (0, f"To be sent again: {dead.pk}.\n")
    assert Delivery.objects.get(pk=dead.pk).state == "pending"
