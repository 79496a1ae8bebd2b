"""The crew by itself: what `./dev run` says while it waits."""

from __future__ import annotations

import http.server
import os
import re
import sys
import threading
from collections.abc import Iterator

import pytest

from deprov_site.processes import Crew, Stop, ask_port, ask_ready
from tests.dev.conftest import free_port


class NotReady(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(503)
        self.end_headers()
        self.wfile.write(b'{"worker": "no sign of life"}')

    def log_message(self, *_: object) -> None:
        """Quiet."""


@pytest.fixture
def web() -> Iterator[str]:
    with http.server.HTTPServer(("127.0.0.1", 0), NotReady) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_what_is_never_ready_is_given_up_with_its_own_words(web: str) -> None:
    with Crew(dict(os.environ)) as crew, pytest.raises(Stop) as stop:
        crew.start("web", sys.executable, "-c", "import time; time.sleep(60)")
        crew.wait_until(lambda: ask_ready(web), 0.5)

    assert re.search(r"Not ready after .* answers 503: \{\"worker\": \"no sign of life\"\}", str(stop.value))
    assert stop.value.code == 1


def test_a_child_that_dies_ends_the_wait_for_readiness_at_once() -> None:
    with Crew(dict(os.environ)) as crew, pytest.raises(Stop, match="web was killed by signal 9"):
        crew.start("web", sys.executable, "-c", "import os; os.kill(os.getpid(), 9)")
        crew.wait_until(lambda: "nothing yet", 30)


def test_a_port_where_nothing_listens_is_not_ready() -> None:
    port = free_port()

    assert f"nothing listens on port {port}" in ask_port(port)
    assert "does not answer" in ask_ready(f"http://127.0.0.1:{port}")


def test_a_proxy_of_the_shell_is_not_asked_for_loopback(web: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{free_port()}")

    assert "answers 503" in ask_ready(web)


def test_children_inherit_neither_our_terminal_nor_our_input(capsys: pytest.CaptureFixture[str]) -> None:
    with Crew(dict(os.environ)) as crew:
        crew.finish("probe", sys.executable, "-c", "import os, sys; print(os.getsid(0), sys.stdin.read() == '')")

    session, empty = capsys.readouterr().out.removeprefix("probe   | ").split()
    assert int(session) != os.getsid(0)
    assert empty == "True"
