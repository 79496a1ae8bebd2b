"""The person page against the slowest single call it makes, with 150 ms of latency a call. Bar: at most 2.5."""

from __future__ import annotations

import statistics
import sys
import time

from tests.bench.console import console

LATENCY_MS, ROUNDS, BAR = 150, 7, 2.5


def main() -> int:
    with console(people=60, conversations=200, latency_ms=LATENCY_MS) as sandbox:
        from django.contrib.auth.models import User
        from django.test import Client

        person = sandbox.person("inherits queues through a group")["id"]
        browser = Client(headers={"host": "127.0.0.1"})
        browser.force_login(User.objects.get(username="staff"))
        from offboarding import people
        from offboarding.genesys.connect import client_for_page

        client_for_page().get_organizations_me()
        page, slowest, calls = [], [], 0
        for _ in range(ROUNDS):
            sandbox.clear_calls()
            started = time.perf_counter()
            answer = browser.get(f"/people/{person}/")
            page.append(time.perf_counter() - started)
            assert answer.status_code == 200, answer.status_code
            calls = len(sandbox.calls())
            single: list[float] = []
            people.holdings(client_for_page(on_call=lambda *call, kept=single: kept.append(call[3])), person)
            slowest.append(max(single))
        ratio = statistics.median(page) / statistics.median(slowest)
        print(
            f"person page: {ratio:.2f} times the slowest single call (bar {BAR}); "
            f"page {statistics.median(page) * 1000:.0f} ms, slowest call "
            f"{statistics.median(slowest) * 1000:.0f} ms, {calls} calls, {ROUNDS} rounds"
        )
        return 0 if ratio <= BAR else 1


if __name__ == "__main__":
    sys.exit(main())
