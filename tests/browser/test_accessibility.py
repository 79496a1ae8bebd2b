"""axe finds nothing on any page, in both themes, narrow and wide."""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.browser.test_main_job import people_of

pytestmark = [pytest.mark.browser, pytest.mark.slow]

WIDTHS = {"narrow": {"width": 320, "height": 700}, "wide": {"width": 1280, "height": 900}}
PAGES = {
    "staff": [
        "/",
        "/people/",
        "/people/?q=an",
        "/people/?q=maria",
        "/people/{person}/",
        "/people/{person}/request/",
        "/requests/{put_off}/",
    ],
    "approver": [
        "/",
        "/requests/",
        "/requests/{plan_failed}/",
        "/requests/{parked}/",
        "/requests/{not_confirmed}/",
        "/requests/{failed}/",
        "/requests/{stopped}/",
        "/requests/{plan_changed}/",
        "/requests/{held}/",
    ],
    "auditor": ["/history/", "/history/1/"],
    "admin": ["/settings/", "/nowhere/"],
}


@pytest.fixture(scope="module")
def resting(product: Any) -> dict[str, int]:
    return product.requests_in_each_state()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("account", PAGES)
def test_axe_finds_nothing(
    product: Any, window: Any, resting: dict[str, int], account: str, width: str, theme: str
) -> None:
    person = people_of(product)[0]["id"]
    page = window(account, viewport=WIDTHS[width], color_scheme=theme)
    found = []
    for address in PAGES[account]:
        page.goto(address.format(person=person, **resting))
        page.wait_for_load_state("networkidle")
        results = Axe().run(page)
        found += [(address, item["id"], item["nodes"][0]["html"][:200]) for item in results.response["violations"]]
        overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if overflow > 1:
            found.append((address, "scrolls sideways", str(overflow)))
    assert not found


@pytest.mark.parametrize("width", [320, 390])
def test_the_history_of_a_verified_trail_does_not_scroll_sideways(product: Any, window: Any, width: int) -> None:
    product.manage("verify_audit")
    page = window("auditor", viewport={"width": width, "height": 700})
    page.goto("/history/")
    assert page.locator(".lead").get_by_text("to record").is_visible()
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 1


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_before_signing_in(window: Any, theme: str) -> None:
    page = window("", color_scheme=theme)
    page.goto("/accounts/login/")
    assert Axe().run(page).violations_count == 0
