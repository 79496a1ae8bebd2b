"""The main job through the screens: two people, one leaver, and an auditor who takes the CSV home."""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
import time
import urllib.request
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def people_of(product: Any) -> list[dict[str, Any]]:
    with urllib.request.urlopen(f"{product.sandbox_url}/__sandbox__/people") as answer:
        told = json.load(answer)
    return list(told["people"] if isinstance(told, dict) else told)


def _about(sink: Any, person: str) -> list[dict[str, Any]]:
    """The documents about this person: other requests of the same product send theirs too."""
    return [document for document in (each.json() for each in sink.requests) if document["userId"] == person]


def test_two_people_deprovision_a_leaver_and_an_auditor_reads_the_csv(product, window, sink):
    leaver = next(person for person in people_of(product) if "inherits queues through a group" in person["why"])

    staff = window("staff")
    staff.goto("/people/")
    staff.get_by_role("main").get_by_label("Search").press_sequentially(leaver["email"][:12])
    staff.get_by_role("link", name=leaver["name"]).first.click()
    staff.get_by_role("heading", name=leaver["name"]).wait_for()
    staff.get_by_text("Conversations by month").first.wait_for()
    staff.get_by_role("link", name="Request deprovisioning").click()
    staff.get_by_label("Leaves by their own choice").check()
    staff.get_by_label("Ticket").fill("HR-4711")
    staff.get_by_role("button", name=re.compile("Check")).click()
    staff.get_by_text("Sign out everywhere").wait_for()
    staff.get_by_role("button", name=re.compile("Request deprovisioning of")).click()
    staff.get_by_text("Waits for a decision").first.wait_for(timeout=30_000)
    address = staff.url
    assert staff.get_by_role("button", name=re.compile("Approve")).count() == 0

    approver = window("approver")
    approver.goto(address)
    approver.get_by_label(re.compile("^Type the person")).fill(leaver["email"])
    approver.get_by_role("button", name=re.compile("Approve deletion of")).click()
    approver.get_by_text("Deleted, confirmed").first.wait_for(timeout=90_000)
    for verdict in ("Access cut", "History kept", "Person deleted"):
        assert approver.get_by_text(verdict).count() >= 1

    auditor = window("auditor")
    auditor.goto("/history/?action=request")
    with auditor.expect_download() as download:
        auditor.get_by_role("link", name=re.compile("CSV")).click()
    rows = list(csv.DictReader(io.StringIO(download.value.path().read_text(encoding="utf-8-sig"), newline="")))
    told = {row["action"]: row for row in rows if row["person_id"] == leaver["id"]}
    assert set(told) == {"request.opened", "request.approved"}
    assert "staff" in told["request.opened"]["actor"]
    assert "approver" in told["request.approved"]["actor"]

    auditor.goto(address)
    with auditor.expect_download() as download:
        auditor.get_by_role("link", name=re.compile("Download.*archive", re.IGNORECASE)).click()
    lines = gzip.decompress(download.value.path().read_bytes()).splitlines()
    assert len(lines) > 100
    assert all(leaver["id"] in line.decode() for line in lines[:20])

    with auditor.expect_download() as download:
        auditor.get_by_role("link", name=re.compile("answers of Genesys Cloud")).click()
    answers = json.loads(download.value.path().read_text())["answers"]
    last = next(each for each in reversed(answers) if each["step"] == "delete_person")
    assert json.loads(last["body"])["state"] == "deleted"

    for width in (320, 390, 1280):
        page = window("approver", viewport={"width": width, "height": 900})
        page.goto(address)
        assert Axe().run(page).violations_count == 0
        assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 1
        # Below each other where it is narrow, beside each other where it is wide: never in a sliver of the panel.
        shares = page.evaluate(
            "[...document.querySelectorAll('aside .facts__row')].map("
            "row => row.querySelector('dd').clientWidth / row.clientWidth)"
        )
        assert min(shares) > (0.9 if width < 480 else 0.5)

    until = time.monotonic() + 20
    while not (told := _about(sink, leaver["id"])) and time.monotonic() < until:
        time.sleep(0.2)
    document = told[0]
    assert document["status"] == "COMPLETED"
    assert document["actions"]["archiveCount"] == len(lines)
