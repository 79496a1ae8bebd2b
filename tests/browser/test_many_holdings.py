"""Somebody with hundreds of holdings: folded at first, opened by keyboard, never wider than the window."""

from __future__ import annotations

import json
import urllib.request
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.browser.test_accessibility import WIDTHS
from tests.browser.test_main_job import people_of

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def hoarder(product: Any) -> Any:
    """Who holds everything, with 200 phones."""
    person = next(each for each in people_of(product) if "holds everything" in each["why"])
    body = {"phones": [{"id": f"phone-{n}", "station": f"station-{n}"} for n in range(200)]}
    address = f"{product.sandbox_url}/__sandbox__/people/{person['id']}"
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(address, json.dumps(body).encode(), headers, method="PATCH")
    urllib.request.urlopen(request, timeout=10).close()
    return person


@pytest.mark.parametrize(("width", "javascript"), [("narrow", True), ("narrow", False), ("wide", True)])
def test_200_phones_are_folded_and_open_by_keyboard(hoarder, window, width, javascript):
    page = window("staff", viewport=WIDTHS[width], java_script_enabled=javascript)
    page.goto(f"/people/{hoarder['id']}/")
    shown = page.locator("[aria-labelledby=holds-phones] .holding:visible")
    assert shown.count() == 12
    assert page.locator(".warnings li").count() == page.locator(".warnings li:visible").count() > 0
    summary = page.locator("[aria-labelledby=holds-phones] summary")
    summary.focus()
    assert not _sideways(page)
    page.keyboard.press("Enter")
    assert shown.count() == 203
    assert not _sideways(page)
    if javascript:
        assert Axe().run(page).violations_count == 0


def _sideways(page: Any) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth > 1"))
