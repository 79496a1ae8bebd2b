"""The bookkeeping of the rate limit, and that it keeps threads from hammering."""

from __future__ import annotations

import random
import threading
from concurrent.futures import ThreadPoolExecutor
from math import ceil

import pytest

from offboarding.genesys.client import GenesysClient
from offboarding.genesys.pacing import Pacing
from offboarding.sandbox.testing import SandboxThread
from tests.genesys.conftest import Clock, credentials_of, transport_to

USERS, SCIM, ROUTING = "/api/v2/users/1", "/api/v2/scim/v2/users/1", "/api/v2/routing/queues/1/members"


def _told(count: int, allowed: int, reset: int) -> dict[str, str]:
    return {
        "inin-ratelimit-count": str(count),
        "inin-ratelimit-allowed": str(allowed),
        "inin-ratelimit-reset": str(reset),
    }


def _call(pacing: Pacing, path: str, headers: dict[str, str]) -> None:
    assert pacing.reserve(path) == 0.0
    pacing.release(path, headers)


def test_nothing_is_held_back_while_nothing_is_known(clock: Clock) -> None:
    pacing = Pacing(clock)
    assert [pacing.reserve(USERS) for _ in range(1000)] == [0.0] * 1000


def test_a_fan_out_of_ten_passes_when_the_budget_is_free(clock: Clock) -> None:
    pacing = Pacing(clock)
    _call(pacing, USERS, _told(1, 300, 60))
    assert [pacing.reserve(USERS) for _ in range(10)] == [0.0] * 10


def test_calls_under_way_are_counted(clock: Clock) -> None:
    pacing = Pacing(clock)
    _call(pacing, USERS, _told(290, 300, 40))
    assert [pacing.reserve(USERS) for _ in range(10)] == [0.0] * 10
    assert pacing.reserve(USERS) == 40.0


def test_a_full_window_holds_until_it_ends_and_then_opens(clock: Clock) -> None:
    pacing = Pacing(clock)
    _call(pacing, USERS, _told(300, 300, 12))
    assert pacing.reserve(USERS) == 12.0
    clock.now += 12
    assert pacing.reserve(USERS) == 0.0


def test_calls_of_somebody_else_with_the_same_token_count(clock: Clock) -> None:
    pacing = Pacing(clock)
    _call(pacing, USERS, _told(1, 300, 60))
    _call(pacing, USERS, _told(299, 300, 59))
    assert pacing.reserve(USERS) == 0.0
    assert pacing.reserve(USERS) > 0


def test_an_answer_that_comes_late_does_not_free_what_is_used(clock: Clock) -> None:
    pacing = Pacing(clock)
    for _ in range(2):
        pacing.reserve(USERS)
    pacing.release(USERS, _told(300, 300, 60))
    pacing.release(USERS, _told(299, 300, 60))
    assert pacing.reserve(USERS) > 0


def test_operations_with_the_same_ceiling_share_it_and_others_do_not(clock: Clock) -> None:
    pacing = Pacing(clock)
    _call(pacing, ROUTING, _told(1, 300, 60))
    _call(pacing, SCIM, _told(1, 200, 60))
    _call(pacing, USERS, _told(300, 300, 60))
    assert pacing.reserve(ROUTING) > 0
    assert pacing.reserve(SCIM) == 0.0


def test_two_operations_below_one_path_have_each_their_own_ceiling(clock: Clock) -> None:
    """PUT of a person's state is told 100 a minute, GET of a person 300: neither may be taken for the other."""
    pacing = Pacing(clock)
    put, get = "PUT /api/v2/users/0a1b/state", "GET /api/v2/users/0a1b"
    _call(pacing, get, _told(1, 300, 60))
    _call(pacing, put, _told(100, 100, 60))
    assert pacing.reserve("PUT /api/v2/users/9c8d/state") == 60.0
    assert pacing.reserve("GET /api/v2/users/9c8d") == 0.0


def test_an_operation_that_was_never_called_is_under_the_widest_ceiling(clock: Clock) -> None:
    pacing = Pacing(clock)
    _call(pacing, SCIM, _told(1, 200, 60))
    _call(pacing, USERS, _told(300, 300, 60))
    assert pacing.reserve(ROUTING) == 60.0


def test_a_429_holds_everybody_back_once(clock: Clock) -> None:
    pacing = Pacing(clock)
    pacing.pause(30)
    assert pacing.reserve(USERS) == 30.0 == pacing.reserve(SCIM)
    clock.now += 30
    assert pacing.reserve(USERS) == 0.0


def test_a_daily_quota_of_one_operation_does_not_hold_the_others_back(clock: Clock) -> None:
    pacing = Pacing(clock)
    pacing.pause(3600)
    assert pacing.reserve(USERS) == 0.0


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"inin-ratelimit-count": "1"},
        _told(1, 0, 60),
        _told(-1, 300, 60),
        _told(1, 300, -1),
        _told(1, 300, 10**9),
        {**_told(1, 300, 60), "inin-ratelimit-allowed": "many"},
    ],
)
def test_headers_that_make_no_sense_are_ignored(clock: Clock, headers: dict[str, str]) -> None:
    pacing = Pacing(clock)
    _call(pacing, USERS, headers)
    assert pacing.reserve(USERS) == 0.0


def test_a_caller_that_spares_a_part_stops_before_the_others(clock: Clock) -> None:
    pacing = Pacing(clock)
    _call(pacing, USERS, _told(7, 10, 30))
    assert [pacing.reserve(USERS, spare=0.2) for _ in range(2)] == [0.0, 30.0]
    assert [pacing.reserve(USERS) for _ in range(3)] == [0.0, 0.0, 30.0]


def test_a_ceiling_of_one_leaves_nothing_to_spare(clock: Clock) -> None:
    pacing = Pacing(clock)
    _call(pacing, USERS, _told(0, 1, 0))
    assert pacing.reserve(USERS, spare=0.2) == 0.0
    assert pacing.reserve(USERS) > 0


def test_a_call_without_an_answer_counts_for_a_window_and_no_longer(clock: Clock) -> None:
    pacing = Pacing(clock)
    _call(pacing, USERS, _told(0, 1, 0))
    assert pacing.reserve(USERS) == 0.0
    pacing.release(USERS)
    assert pacing.reserve(USERS) == 60.0
    clock.now += 60
    assert pacing.reserve(USERS) == 0.0


def test_calls_sent_before_anything_was_known_count_when_the_ceiling_is_told(clock: Clock) -> None:
    pacing = Pacing(clock)
    assert [pacing.reserve(USERS) for _ in range(5)] == [0.0] * 5
    pacing.release(USERS, _told(1, 6, 60))
    assert [pacing.reserve(USERS) for _ in range(2)] == [0.0, 60.0]


def test_against_any_order_of_answers_a_window_is_never_overdrawn() -> None:
    """A server with fixed windows, and answers that arrive in any order: no call beyond the ceiling."""
    for seed in range(200):
        chance, clock = random.Random(seed), Clock()
        pacing, allowed = Pacing(clock), chance.randint(3, 30)
        began, count, waiting = clock.now, 0, list[dict[str, str]]()
        for _ in range(300):
            if waiting and chance.random() < 0.5:
                pacing.release(USERS, waiting.pop(chance.randrange(len(waiting))))
            elif (wait := pacing.reserve(USERS)) == 0.0:
                if clock.now - began >= 60:
                    began, count = clock.now, 0
                count += 1
                assert count <= allowed, seed
                waiting.append(_told(count, allowed, ceil(began + 60 - clock.now)))
            else:
                while waiting:
                    pacing.release(USERS, waiting.pop())
                clock.now += wait
            clock.now += chance.random() * 0.1


def test_ten_threads_stay_under_the_limit_of_the_sandbox(sandbox: SandboxThread) -> None:
    person = sandbox.person()["id"]
    sandbox.options(rate_limit=25, rate_window=1.0)
    client = GenesysClient(transport_to(sandbox.url, auth=credentials_of(sandbox), wait_in_place=30))
    client.get_user(person)
    lock, statuses = threading.Lock(), list[int | None]()

    def heard(method: str, path: str, status: int | None, seconds: float) -> None:
        with lock:
            statuses.append(status)

    client.transport._on_call = heard
    with ThreadPoolExecutor(10) as pool:
        for read in [pool.submit(client.get_user, person) for _ in range(40)]:
            read.result()
    assert statuses == [200] * 40
