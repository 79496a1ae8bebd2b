"""One product and one Chromium for all browser tests; every test gets windows of its own."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.browser.product import Product
from tests.sink import Sink

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def sink() -> Iterator[Sink]:
    with Sink() as receiver:
        yield receiver


@pytest.fixture(scope="session")
def product(sink: Sink) -> Iterator[Product]:
    with Product(webhook=sink.url) as running:
        yield running


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    path = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    assert path, "a browser test needs Chromium: set CHROMIUM to its path"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def window(chromium: Any, product: Product) -> Iterator[Callable[..., Any]]:
    """window("staff") -> a page signed in as that demo account; complaints of the browser fail the test.

    `cut_off` is for a test that breaks calls on purpose: those that the browser reports as failed are no complaint.
    """
    contexts = []
    complaints: list[str] = []

    def open_window(account: str = "", *, cut_off: bool = False, **options: Any) -> Any:
        context = chromium.new_context(base_url=product.url, **options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(15_000)
        # A page that is not there is asked for on purpose; Chromium says so on its console.
        page.on(
            "console",
            lambda message: (
                complaints.append(message.text)
                if message.type == "error" and "status of 404" not in message.text and not cut_off
                else None
            ),
        )
        page.on("pageerror", lambda error: complaints.append(str(error)))
        if account:
            page.goto("/accounts/login/")
            page.locator("[name=username]").fill(account)
            page.locator("[name=password]").fill("offboard-demo")
            page.get_by_role("button", name="Sign in").click()
            page.wait_for_url(f"{product.url}/")
        return page

    yield open_window
    for context in contexts:
        context.close()
    assert not complaints, complaints
