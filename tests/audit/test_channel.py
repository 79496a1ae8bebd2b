"""The channel of a record: what a command did in somebody's name is not told as if that person had done it."""

from __future__ import annotations

import io
import json
import os
import pwd
import socket

import pytest
from django.core.management import call_command
from django.db import connection
from django.urls import reverse

from offboarding.audit.chain import check_chain
from offboarding.audit.channel import on_the_command_line
from offboarding.audit.export import HistoryFilter, stream_csv, stream_jsonl
from offboarding.audit.record import record_alone, sentence_of
from offboarding.models import AuditRecord
from tests.actions.test_requests import ask
from tests.append_only import triggers_off
from tests.views.conftest import words_of

pytestmark = pytest.mark.django_db

USER, HOST = pwd.getpwuid(os.getuid()).pw_name, socket.gethostname()
CHANNEL = {"via": "command line", "system_user": USER, "host": HOST}


def cancelled_by_command(staff) -> AuditRecord:
    asked = ask(staff)
    call_command("request", "cancel", str(asked.pk), "--as", "sam", "--reason", "Stays", stdout=io.StringIO())
    return AuditRecord.objects.get(action="request.cancelled")


def test_a_command_in_somebodys_name_says_so_in_record_sentence_and_exports(staff):
    line = cancelled_by_command(staff)
    assert (line.actor_id, line.data) == (staff.pk, {"reason": "Stays", **CHANNEL})
    told = f"The system user {USER} on {HOST}, on the command line as Sam (sam), cancelled the request for"
    assert sentence_of(line).startswith(told)
    lines = AuditRecord.objects.filter(pk=line.pk)
    assert json.loads("".join(stream_jsonl(lines)))["what"].startswith(told)
    assert told in "".join(stream_csv(lines))


def test_the_name_in_the_environment_is_not_believed(staff, monkeypatch):
    for name in ("USER", "LOGNAME", "LNAME", "USERNAME"):
        monkeypatch.setenv(name, "somebody-else")
    assert cancelled_by_command(staff).data["system_user"] == USER


def test_a_user_without_a_name_is_told_by_number(staff, monkeypatch):
    def nobody(number: int) -> None:
        raise KeyError(number)

    monkeypatch.setattr(pwd, "getpwuid", nobody)
    assert cancelled_by_command(staff).data["system_user"] == str(os.getuid())


def test_a_page_after_a_command_has_no_channel(staff):
    cancelled_by_command(staff)
    line = record_alone(staff, "account.signed_in")
    assert (line.data, sentence_of(line)) == ({}, "Sam (sam) signed in")


def test_a_refused_command_says_so_too(staff):
    asked = ask(staff)
    with pytest.raises(SystemExit):
        call_command("request", "stop", str(asked.pk), "--as", "sam", stderr=io.StringIO())
    line = AuditRecord.objects.latest("sequence")
    assert (line.outcome, line.data["via"], line.data["system_user"]) == ("refused", "command line", USER)


def test_data_cannot_pretend_another_channel():
    with on_the_command_line():
        line = record_alone(None, "account.created", data={"via": "page", "system_user": "x"})
    assert line.data == CHANNEL


def test_the_channel_is_under_the_hash_and_older_records_stay_verifiable(staff):
    record_alone(staff, "account.signed_in")
    line = cancelled_by_command(staff)
    assert check_chain().ok
    call_command("verify_audit", stdout=io.StringIO())
    with triggers_off():
        connection.cursor().execute(
            "UPDATE offboarding_auditrecord SET data = %s WHERE sequence = %s",
            [json.dumps({"reason": "Stays"}), line.sequence],
        )
    assert check_chain().problem == f"record {line.sequence} was changed"


def test_the_history_shows_the_channel_and_finds_by_the_system_user(staff, manager, client):
    line = cancelled_by_command(staff)
    client.force_login(manager)
    words = words_of(client.get(reverse("history_record", args=[line.sequence])))
    assert f"Channel On the command line, by the system user {USER} on {HOST}" in words
    assert line in HistoryFilter.read({"actor": USER}).apply()
    assert "Channel" not in words_of(client.get(reverse("history_record", args=[1])))
