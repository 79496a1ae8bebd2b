"""A live page whose server is gone says so, and says no more of it once there is an answer again."""

from __future__ import annotations

import json
import re
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.browser.test_main_job import people_of

pytestmark = [pytest.mark.browser, pytest.mark.slow]

LOST = re.compile(r"This page has not been able to reach the console since \d\d:\d\d\.")
WAYS: dict[str, Callable[[Any], Any]] = {
    "nobody listens": lambda route: route.abort("connectionrefused"),
    "an error instead of the part": lambda route: route.fulfill(status=502, body="Bad gateway"),
    "no answer at all": lambda route: None,
}


@contextmanager
def slow_planning(product: Any) -> Iterator[None]:
    """The plan takes long to be read, so that the page of the request is still live when it is opened."""
    faults, headers = f"{product.sandbox_url}/__sandbox__/faults", {"Content-Type": "application/json"}
    body = json.dumps([{"path": "/scim/", "delay": 4, "times": None}]).encode()
    urllib.request.urlopen(urllib.request.Request(faults, body, headers), timeout=10).close()
    yield
    urllib.request.urlopen(urllib.request.Request(faults, method="DELETE"), timeout=10).close()


@pytest.mark.parametrize("way", WAYS)
def test_a_page_that_hears_nothing_says_so_until_it_does(product: Any, window: Any, way: str) -> None:
    ordinary = [each for each in people_of(product) if not each["why"] and each["state"] == "active"]
    leaver = ordinary[list(WAYS).index(way)]
    page = window("staff", cut_off=True)
    page.goto(f"/people/{leaver['id']}/request/")
    page.get_by_label("Leaves by their own choice").check()
    page.get_by_role("button", name=re.compile("Check")).click()
    page.route("**/progress/**", WAYS[way])
    with slow_planning(product):
        page.get_by_role("button", name=re.compile("Request deprovisioning of")).click()
        status = page.get_by_role("status").filter(has_text=LOST)
        status.wait_for(timeout=30_000)
        assert "What is shown may be old. The worker goes on without it." in status.inner_text()
        assert page.get_by_text("Reading holdings").first.is_visible()
        assert Axe().run(page).violations_count == 0
    page.unroute("**/progress/**")
    page.get_by_text("Waits for a decision").first.wait_for(timeout=30_000)
    assert page.get_by_text(LOST).count() == 0
