"""A receiver that never answers takes no worker from those whose access has to be cut now."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from offboarding.sandbox.testing import SandboxThread
from tests.console import Console, wait
from tests.sink import Answer, Sink
from tests.worker.many import ask_for, last_call

pytestmark = pytest.mark.slow
MESSAGES = 4
ONE_ATTEMPT = 18.0  # a little less than a receiver is waited for
# Due messages about a request of another day, each with its bell, as the ends of runs leave them.
MAKE = f"""
from django.conf import settings
from django.contrib.auth.models import User
from django.utils import timezone
from offboarding import queue
from offboarding.genesys import connect
from offboarding.models import Delivery, DeprovisionRequest
now, org = timezone.now(), connect.org()
request = DeprovisionRequest.objects.create(
    org_id=org.id, org_name=org.name, person_id="person-1", person_name="Somebody", reason="Voluntary",
    state="completed", ended_at=now,
    requested_by=User.objects.get(username="staff"), requested_by_name="staff", requested_at=now,
)
for number in range({MESSAGES}):
    Delivery.objects.create(
        request=request, endpoint=settings.DEPROVISION_WEBHOOK_URL, event="x", body="{{}}", next_try_at=now,
        created_at=now,
    )
    queue.wake_deliveries()
"""


@pytest.fixture
def sink() -> Iterator[Sink]:
    with Sink() as sink:
        sink.answers([Answer(delay=60)] * 50)
        yield sink


@pytest.fixture
def console(tmp_path: Path, sink: Sink) -> Iterator[Console]:
    with SandboxThread(people=40, conversations=60, group_delay=0.0) as sandbox:
        made = Console(tmp_path, sandbox, DEPROVISION_WEBHOOK_URL=sink.url)
        yield made
        made.close()


def test_a_run_begins_at_once_while_messages_wait_for_a_receiver_that_is_silent(console: Console, sink: Sink) -> None:
    console.run("shell", "-c", MAKE)
    console.start("worker")
    wait(lambda: sink.requests, "the first message", 30)
    time.sleep(2)  # long enough for the other worker to take the next bell
    before, asked = len(sink.requests), last_call(console)
    ask_for(console, [console.sandbox.person("plain agent")["id"]])
    suspended = {"method": "PUT", "path": "/state$"}
    wait(lambda: console.sandbox.calls(after=asked, **suspended), "the end of the sign-in", ONE_ATTEMPT)
    assert (before, len(sink.requests)) == (1, 1)  # it did not end for that
