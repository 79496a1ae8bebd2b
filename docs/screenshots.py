"""Takes the README's screenshots from the running product: `./dev screenshots`.

Starts the product in a folder of its own, does the main job through the screens, and photographs the pages.
`--all FOLDER` photographs every page wide and narrow, light and dark, for looking at.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import urllib.request
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.browser.conftest import FLAGS  # noqa: E402
from tests.browser.product import Product  # noqa: E402

IMAGES = ROOT / "docs" / "images"
WIDE, NARROW = {"width": 1280, "height": 860}, {"width": 390, "height": 844}


class Camera:
    """Windows of the demo accounts on one product, and where their pictures go."""

    def __init__(self, browser: Any, product: Product, folder: Path) -> None:
        self.browser, self.product, self.folder = browser, product, folder

    def sign_in(self, account: str, **options: Any) -> Any:
        options = {"viewport": WIDE, "color_scheme": "light", **options}
        page = self.browser.new_context(base_url=self.product.url, **options).new_page()
        page.goto("/accounts/login/")
        page.locator("[name=username]").fill(account)
        page.locator("[name=password]").fill("offboard-demo")
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(f"{self.product.url}/")
        return page

    def take(self, page: Any, name: str, address: str = "", *, whole: bool = False) -> None:
        if address:
            page.goto(address)
        page.wait_for_load_state("networkidle")
        page.wait_for_timeout(300)
        page.screenshot(path=str(self.folder / f"{name}.png"), full_page=whole)
        print(self.folder / f"{name}.png")

    def take_all(self, account: str, pages: dict[str, str]) -> None:
        for width, viewport in (("wide", WIDE), ("narrow", NARROW)):
            for theme in ("light", "dark"):
                page = self.sign_in(account, viewport=viewport, color_scheme=theme)
                for name, address in pages.items():
                    self.take(page, f"{name}-{width}-{theme}", address, whole=True)
                page.context.close()


def people_of(product: Product) -> list[dict[str, Any]]:
    with urllib.request.urlopen(f"{product.sandbox_url}/__sandbox__/people") as answer:  # noqa: S310
        found: list[dict[str, Any]] = json.load(answer)["people"]
        return found


def ask(page: Any, person: dict[str, Any]) -> str:
    """Request a deprovisioning through the screens; the address of the request, once its plan is read."""
    page.goto(f"/people/{person['id']}/request/")
    page.get_by_label("Leaves by their own choice").check()
    page.get_by_label("Ticket").fill("HR-4711")
    page.get_by_role("button", name="Check your answers").click()
    page.get_by_role("button", name="Request deprovisioning of").click()
    page.get_by_text("Waits for a decision").first.wait_for(timeout=60_000)
    return str(page.url).removeprefix(str(page.context.pages[0].evaluate("location.origin")))


def approve(page: Any, address: str, person: dict[str, Any]) -> None:
    page.goto(address)
    page.get_by_label("Type the person").fill(person["email"])
    page.get_by_role("button", name="Approve deletion of").click()


def shoot(camera: Camera, every: bool) -> None:
    people = people_of(camera.product)
    first, second, third = (
        next(person for person in people if why in person["why"])
        for why in ("inherits queues through a group", "in a queue through a team", "name with diacritics")
    )
    staff, approver = camera.sign_in("staff"), camera.sign_in("approver")
    camera.take(staff, "person", f"/people/{first['id']}/")
    done = ask(staff, first)
    waiting = ask(staff, third)
    camera.take(approver, "decision", waiting)
    approve(approver, done, first)
    approver.get_by_text("Deleted, confirmed").first.wait_for(timeout=120_000)
    camera.take(approver, "done", done)
    running = ask(staff, second)
    camera.take(camera.sign_in("manager"), "history", "/history/")
    if not every:
        return
    camera.take_all(
        "staff",
        {
            "home-staff": "/",
            "people": "/people/",
            "people-found": "/people/?q=mar",
            "people-none": "/people/?q=zzzzz",
            "people-short": "/people/?q=z",
            "person": f"/people/{first['id']}/",
            "person-full": f"/people/{next(p for p in people if 'holds everything' in p['why'])['id']}/",
            "person-unknown": "/people/00000000-0000-4000-8000-000000000000/",
            "ask": f"/people/{people[0]['id']}/request/",
        },
    )
    camera.take_all(
        "approver",
        {
            "home": "/",
            "requests": "/requests/",
            "decision": running,
            "done": done,
            "person-deleted": f"/people/{first['id']}/",
        },
    )
    resting = camera.product.requests_in_each_state()
    camera.take_all("staff", {f"request-{name}-staff": f"/requests/{pk}/" for name, pk in resting.items()})
    camera.take_all("approver", {f"request-{name}": f"/requests/{pk}/" for name, pk in resting.items()})
    camera.take_all("auditor", {"history": "/history/", "record": "/history/3/", "done-auditor": done})
    camera.take_all("admin", {"settings": "/settings/", "nowhere": "/nowhere/"})


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--all", metavar="FOLDER", help="every page, wide and narrow, light and dark, into this folder")
    wanted = parser.parse_args()
    folder = Path(wanted.all) if wanted.all else IMAGES
    folder.mkdir(parents=True, exist_ok=True)
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if not chromium:
        print("Chromium is needed: set CHROMIUM to its path.", file=sys.stderr)
        return 2
    from playwright.sync_api import sync_playwright

    with Product(people=250) as product, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        shoot(Camera(browser, product, folder), every=bool(wanted.all))
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
