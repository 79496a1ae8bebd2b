"""What is taken away from a request: the archive and the audit log document."""

from __future__ import annotations

import gzip
import hashlib
import json

import pytest
from django.urls import reverse

from offboarding.archives.storage import absolute
from offboarding.models import Archive, AuditRecord
from tests import states
from tests.builders import PERSON
from tests.views.conftest import words_of

pytestmark = pytest.mark.django_db


def test_the_archive_is_streamed_as_an_attachment_and_recorded(staff, approver, auditor, client):
    asked = states.completed(staff, approver)
    client.force_login(auditor)
    response = client.get(reverse("archive_download", args=[asked.pk]))
    assert response.streaming
    assert response.headers["Content-Type"] == "application/gzip"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    name = f"conversations-{PERSON.id}-request-{asked.pk}.jsonl.gz"
    assert response.headers["Content-Disposition"] == f'attachment; filename="{name}"'
    content = b"".join(response)
    assert len(content) == int(response.headers["Content-Length"])
    assert gzip.decompress(content) == states.CONVERSATION
    line = AuditRecord.objects.order_by("-sequence").first()
    assert (line.action, line.actor_name, line.request_number) == ("archive.downloaded", "Otto (otto)", asked.pk)


def test_an_archive_whose_file_is_broken_says_so_and_records_no_download(staff, approver, auditor, client):
    asked = states.completed(staff, approver)
    absolute(Archive.objects.get().path).write_bytes(b"cut")
    client.force_login(auditor)
    response = client.get(reverse("archive_download", args=[asked.pk]))
    assert response.status_code == 409
    assert "were written" in words_of(response)
    assert not AuditRecord.objects.filter(action="archive.downloaded").exists()


def test_an_archive_that_was_changed_at_the_same_length_does_not_leave(staff, approver, auditor, client):
    asked = states.completed(staff, approver)
    path = absolute(Archive.objects.get().path)
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    client.force_login(auditor)
    response = client.get(reverse("archive_download", args=[asked.pk]))
    assert response.status_code == 409
    assert "its SHA-256 is another" in words_of(response) and "restore the file from a backup" in words_of(response)
    path.unlink()
    words = words_of(client.get(reverse("archive_download", args=[asked.pk])))
    assert "cannot be opened: No such file or directory." in words and str(path.parent) not in words
    assert not AuditRecord.objects.filter(action="archive.downloaded").exists()


def test_a_request_never_calls_its_history_kept_once_the_archive_is_lost_or_was_changed(
    staff, approver, auditor, client
):
    asked = states.completed(staff, approver)
    client.force_login(auditor)
    page, download = reverse("request", args=[asked.pk]), reverse("archive_download", args=[asked.pk])
    assert "History kept Yes, observed" in words_of(client.get(page))
    path = absolute(Archive.objects.get().path)
    whole = path.read_bytes()

    path.unlink()
    words = words_of(client.get(page))
    assert "History kept No The archive was whole when it was written, but it cannot be read." in words
    assert "but its file cannot be read" in words

    path.write_bytes(whole[:-1] + b"x")
    assert client.get(download).status_code == 409
    assert "History kept No The archive was whole when it was written, but it was changed." in words_of(
        client.get(page)
    )

    path.write_bytes(whole)
    assert "History kept No" in words_of(client.get(page)), "nobody has read it whole again"
    assert b"".join(client.get(download)) == whole
    assert "History kept Yes, observed" in words_of(client.get(page))
    told = AuditRecord.objects.filter(action__startswith="archive.", request_number=asked.pk).order_by("sequence")
    assert [line.action for line in told][-3:] == ["archive.harmed", "archive.whole_again", "archive.downloaded"]


def test_the_page_shows_the_link_only_to_those_who_may(staff, approver, auditor, client):
    asked = states.completed(staff, approver)
    for actor, may in ((auditor, True), (approver, False)):
        client.force_login(actor)
        words = words_of(client.get(reverse("request", args=[asked.pk])))
        assert ("Download the archive" in words) is may
        assert ("You cannot take the archive home. Only an auditor can." in words) is not may


def test_the_document_is_the_one_that_was_sent_and_taking_it_is_recorded(staff, approver, auditor, client):
    asked = states.completed(staff, approver)
    client.force_login(auditor)
    response = client.get(reverse("request_document", args=[asked.pk]))
    document = json.loads(response.content)
    assert document == asked.run.document
    assert (document["status"], document["actions"]["archiveCount"]) == ("COMPLETED", 1)
    line = AuditRecord.objects.get(action="document.downloaded")
    assert (line.actor_name, line.request_number) == ("Otto (otto)", asked.pk)
    assert line.data == {"bytes": len(response.content), "sha256": hashlib.sha256(response.content).hexdigest()}


def test_whoever_does_not_audit_reads_why_the_document_is_not_theirs(staff, approver, manager, client):
    asked = states.completed(staff, approver)
    client.force_login(manager)
    words = words_of(client.get(reverse("request", args=[asked.pk])))
    assert "You cannot take the audit log document and the answers of Genesys Cloud home. Only an auditor can." in words
    refused = client.get(reverse("request_document", args=[asked.pk]))
    assert refused.status_code == 403
    assert "Your role does not let you take the evidence of a request home." in words_of(refused)
    line = AuditRecord.objects.get(action="access.refused")
    assert line.data["what"] == f"GET /requests/{asked.pk}/document.json"


@pytest.mark.parametrize(
    ("name", "what", "comes"),
    [
        ("request_document", "audit log document", "It is written when the work ends or stops for somebody."),
        ("request_answers", "answer of Genesys Cloud", "The steps note them when the work has begun."),
        ("archive_download", "archive", "The work writes it before it deletes the person."),
    ],
)
def test_what_is_not_there_yet_is_said_with_when_it_comes(staff, approver, auditor, client, name, what, comes):
    client.force_login(auditor)
    waiting, rejected = states.queued(staff, approver), states.rejected(staff, approver, number=2)
    answer = client.get(reverse(name, args=[waiting.pk]))
    assert answer.status_code == 404
    assert f"There is no {what} of this request yet. Nothing was changed" in words_of(answer)
    assert f"Next: {comes} Look again then." in words_of(answer)
    answer = client.get(reverse(name, args=[rejected.pk]))
    assert answer.status_code == 404
    assert f"There is no {what} of this request. Nothing" in words_of(answer) and comes not in words_of(answer)
