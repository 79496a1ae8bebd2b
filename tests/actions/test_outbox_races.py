"""The end of a run, and what becomes of its messages at the same moment: neither waits for the other in a circle."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial

import pytest
from django.contrib.auth.models import User
from django.db import connections

from offboarding.actions import run_steps, runs
from offboarding.actions.deliveries import replay_delivery
from offboarding.actions.endpoints import add_endpoint, disable_endpoint, remove_endpoint, rotate_secret
from offboarding.actions.requests import close_request
from offboarding.actions.run_control import retry_run
from offboarding.models import Delivery, DeliveryAttempt, Run, WebhookEndpoint
from offboarding.webhooks.delivery import deliver_due
from tests.actions.test_requests import approve, ask, planned
from tests.actions.test_runs import claim, fail
from tests.actions.together import in_line, until_waiting
from tests.sink import Answer, Sink

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("shared_database")]


@pytest.fixture
def run(shared_database: str, staff: User, approver: User) -> Run:
    request = ask(staff)
    return approve(approver, request, planned(request))


@pytest.fixture
def endpoint(sink: Sink, admin: User) -> WebhookEndpoint:
    return add_endpoint(admin, name="HR", address="https://hr.example.test/hook")[0]


def close(run: Run, actor: User) -> None:
    close_request(actor, request_id=run.request_id, reason="Stays")


def fail_anew(run: Run, actor: User) -> Callable[[], None]:
    """The run goes on up to where it fails once more."""
    retry_run(actor, request_id=run.request_id)
    place = {"run_id": run.pk, "fence": claim(run).fence, "key": "leave_queues"}
    run_steps.begin_step(**place)
    return partial(runs.fail_run, **place, title="x", problem="403.", remedy="Add it.", code="x")


@pytest.mark.parametrize("status", [200, 500, 410])
@pytest.mark.parametrize("ending", ["close", "fail"])
def test_the_end_of_a_run_against_the_answer_to_its_older_message(
    ending: str, status: int, run: Run, approver: User, admin: User, sink: Sink, endpoint: WebhookEndpoint
) -> None:
    fail(claim(run))
    Delivery.objects.exclude(receiver=endpoint).delete()
    Delivery.objects.update(endpoint=sink.url)  # on loopback, which only the environment may name
    end = partial(close, run, admin) if ending == "close" else fail_anew(run, approver)

    def answer_late() -> None:
        until_waiting(1)
        connections.close_all()

    sink.answers([Answer(status, meanwhile=answer_late)])
    in_line(end, partial(deliver_due, limit=1), ready=lambda: bool(sink.requests))
    assert DeliveryAttempt.objects.get().status == status
    assert Delivery.objects.filter(state="pending").exists()
    endpoint.refresh_from_db()
    assert endpoint.enabled is (status != 410)


@pytest.mark.parametrize("what", ["disable", "rotate", "remove"])
def test_the_end_of_a_run_against_a_change_of_an_endpoint_that_hears_of_it(
    what: str, run: Run, admin: User, endpoint: WebhookEndpoint
) -> None:
    fail(claim(run))
    if what == "remove":
        Delivery.objects.all().delete()

    def change() -> None:
        until_waiting(1)
        if what == "disable":
            disable_endpoint(admin, endpoint_id=endpoint.pk, reason="Moved")
        elif what == "rotate":
            rotate_secret(admin, endpoint_id=endpoint.pk, number=1)
        else:
            remove_endpoint(admin, endpoint_id=endpoint.pk)

    ended, _ = in_line(partial(close, run, admin), change)
    assert ended is None
    assert Delivery.objects.filter(receiver=endpoint).latest("id").state == ("dead" if what == "disable" else "pending")


def test_sending_again_against_the_late_answer_to_what_was_given_up(run: Run, admin: User, sink: Sink) -> None:
    fail(claim(run))
    given_up, taken, asked = Delivery.objects.get(), threading.Event(), threading.Event()

    def give_up_and_answer_late() -> None:
        Delivery.objects.update(state="dead")
        connections.close_all()
        asked.set()
        taken.wait(20)

    def send_again() -> None:
        until_waiting(1)
        replay_delivery(admin, delivery_id=given_up.pk)

    sink.answers([Answer(500, meanwhile=give_up_and_answer_late)])
    in_line(send_again, partial(deliver_due, limit=1), ready=asked.is_set, taken=taken)
    given_up.refresh_from_db()
    assert (given_up.state, given_up.replays, given_up.tries.get().replay) == ("pending", 1, 0)
