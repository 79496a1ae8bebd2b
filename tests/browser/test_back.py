"""Back and reload, where the page before was the answer to a form: a page, and nothing that is sent again."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.browser.test_main_job import people_of

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_back_to_the_answer_of_a_form_and_its_reload_find_a_page(product: Any, window: Any) -> None:
    """What was refused, and the answers to check: both are answers to a POST, and kept in no cache.

    The browser reports the 400 of a refused form on its console, hence `cut_off`.
    """
    leaver = [each for each in people_of(product) if not each["why"] and each["state"] == "active"][-1]
    page = window("staff", cut_off=True)
    page.goto(f"/people/{leaver['id']}/request/")
    page.get_by_label("Ticket").fill("HR-1")
    check = page.get_by_role("button", name="Check your answers")
    check.click()
    page.get_by_text("Choose a reason.").first.wait_for()
    page.goto("/")
    page.go_back()
    assert page.get_by_role("heading", name="Request deprovisioning").is_visible()

    page.get_by_label("Leaves by their own choice").check()
    check.click()
    page.get_by_role("button", name=re.compile("Request deprovisioning of")).click()
    page.wait_for_url(re.compile(r"/requests/\d+/$"))
    page.go_back()
    page.get_by_text(re.compile(r"Nothing was requested\. Request \d+: .* is already open\.")).wait_for()

    approver = window("approver", cut_off=True)
    approver.goto("/requests/")
    approver.get_by_role("link", name=leaver["name"]).click()
    approver.get_by_role("button", name=re.compile("Approve deletion of")).click()
    approver.get_by_text("Type the person’s e-mail to confirm").first.wait_for()
    approver.reload()
    assert re.search(r"/requests/\d+/$", approver.url)
