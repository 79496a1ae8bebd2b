"""What is waited for in place, what is sent once more, and what is given back with its time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
import responses

from offboarding.audit.times import utc_words
from offboarding.genesys.errors import (
    REMEDIES,
    GenesysError,
    RetryLater,
)
from offboarding.genesys.transport import TRIES
from offboarding.genesys.waiting import DEFAULT_WAIT, LONGEST_WAIT, retry_after
from tests.genesys.conftest import API, Clock, transport_to
from tests.genesys.replies import LIMIT, PATH, busy, ready, seconds_until


@responses.activate
def test_a_short_retry_after_is_waited_in_place(clock: Clock) -> None:
    busy("GET", 429, Retry_After="2")
    ready()
    assert transport_to(API, clock).request("GET", PATH).status == 200
    assert sum(clock.naps) == 2


@responses.activate
def test_without_retry_after_the_wait_is_three_seconds(clock: Clock) -> None:
    busy("GET", 429)
    ready()
    assert transport_to(API, clock).request("GET", PATH).status == 200
    assert sum(clock.naps) == 3


@responses.activate
@pytest.mark.parametrize("status", [502, 503, 504])
def test_trouble_of_genesys_is_waited_out_as_well(clock: Clock, status: int) -> None:
    busy("GET", status, Retry_After="1")
    ready()
    assert transport_to(API, clock).request("GET", PATH).status == 200
    assert clock.naps == [1]


@responses.activate
def test_a_long_retry_after_gives_the_time_back(clock: Clock) -> None:
    busy("GET", 429, Retry_After="59")
    with pytest.raises(RetryLater) as caught:
        transport_to(API, clock).request("GET", PATH)
    assert 57 < seconds_until(caught.value.at) <= 59
    assert (clock.naps, len(responses.calls)) == ([], 1)
    assert (caught.value.status, caught.value.code) == (429, "too.many.requests.retry.after")
    assert caught.value.remedy == REMEDIES["rate"]
    assert str(caught.value).endswith(f"can be sent again at {utc_words(caught.value.at)}.")
    assert not caught.value.outcome_unknown


@responses.activate
def test_a_page_waits_one_second_and_no_more(clock: Clock) -> None:
    busy("GET", 503)
    with pytest.raises(RetryLater) as caught:
        transport_to(API, clock, wait_in_place=1.0).request("GET", PATH)
    assert 2 < seconds_until(caught.value.at) <= 3
    assert clock.naps == []


@responses.activate
def test_the_patience_of_a_call_is_counted_over_all_its_waits(clock: Clock) -> None:
    busy("GET", 503, 503, 503, Retry_After="2")
    with pytest.raises(RetryLater):
        transport_to(API, clock).request("GET", PATH)
    assert clock.naps == [2, 2]


@responses.activate
@pytest.mark.parametrize("seconds", [181, 7200])
def test_a_daily_quota_is_named_and_not_waited_for(clock: Clock, seconds: int) -> None:
    busy("GET", 429, Retry_After=str(seconds))
    with pytest.raises(RetryLater) as caught:
        transport_to(API, clock, wait_in_place=10_000).request("GET", PATH, permission="")
    assert seconds - 10 < seconds_until(caught.value.at) <= seconds
    assert (caught.value.code, caught.value.remedy) == ("daily_quota", REMEDIES["quota"])
    assert str(caught.value).startswith("A daily quota of Genesys Cloud is used up")
    assert clock.naps == []


@responses.activate
def test_180_seconds_are_no_daily_quota(clock: Clock) -> None:
    busy("GET", 429, Retry_After="180")
    ready()
    assert transport_to(API, clock, wait_in_place=180).request("GET", PATH).status == 200
    assert sum(clock.naps) == 180


@responses.activate
@pytest.mark.parametrize(("status", "seconds", "code"), [(429, 180, LIMIT["code"]), (503, 181, "")])
def test_what_is_given_back_keeps_its_own_code(clock: Clock, status: int, seconds: int, code: str) -> None:
    busy("GET", status, Retry_After=str(seconds))
    with pytest.raises(RetryLater) as caught:
        transport_to(API, clock).request("GET", PATH)
    assert caught.value.code == code
    assert caught.value.remedy == REMEDIES["rate" if status == 429 else "trouble"]


@responses.activate
def test_a_time_on_another_day_is_told_with_its_day(clock: Clock) -> None:
    busy("GET", 429, Retry_After="86400")
    with pytest.raises(RetryLater) as caught:
        transport_to(API, clock).request("GET", PATH)
    at = caught.value.at
    assert str(caught.value).endswith(f" at {at.day} {at:%b %Y, %H:%M:%S} UTC.")


@responses.activate
def test_repeats_end_even_when_no_wait_is_asked_for(clock: Clock) -> None:
    busy("GET", 503, Retry_After="0")
    with pytest.raises(RetryLater) as caught:
        transport_to(API, clock).request("GET", PATH)
    assert len(responses.calls) == TRIES
    assert 2 < seconds_until(caught.value.at) <= 3


@responses.activate
@pytest.mark.parametrize("status", [400, 408, 413, 500, 501])
def test_other_errors_are_not_repeated(clock: Clock, status: int) -> None:
    busy("GET", status, Retry_After="1")
    with pytest.raises(GenesysError):
        transport_to(API, clock).request("GET", PATH)
    assert len(responses.calls) == 1


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("7", 7.0),
        (" 0 ", 0.0),
        ("", DEFAULT_WAIT),
        ("soon", DEFAULT_WAIT),
        ("-5", DEFAULT_WAIT),
        ("1.5", DEFAULT_WAIT),
        ("٣", DEFAULT_WAIT),
        ("9" * 400, LONGEST_WAIT),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0.0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", LONGEST_WAIT),
    ],
)
def test_retry_after_is_read_in_all_its_forms(text: str, seconds: float) -> None:
    assert retry_after(text) == seconds


def test_retry_after_as_a_date_is_counted_from_the_date_of_the_same_answer() -> None:
    """Both come from one clock; ours may be hours away."""
    theirs = datetime.now(UTC) - timedelta(hours=3)
    until = format_datetime(theirs + timedelta(seconds=40), usegmt=True)
    assert retry_after(until, format_datetime(theirs, usegmt=True)) == 40
    assert retry_after(until, "no date") == retry_after(until) == 0


def test_retry_after_may_be_a_date() -> None:
    in_a_minute = datetime.now(UTC) + timedelta(seconds=60)
    assert 57 < retry_after(format_datetime(in_a_minute, usegmt=True)) <= 60


@responses.activate
@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_a_repeatable_write_is_repeated(clock: Clock, method: str) -> None:
    busy(method, 503, Retry_After="1")
    ready(method)
    assert transport_to(API, clock).request(method, PATH).status == 200


@responses.activate
@pytest.mark.parametrize("status", [502, 503, 504])
@pytest.mark.parametrize("method", ["POST", "PATCH"])
def test_a_write_that_may_have_happened_is_not_repeated(clock: Clock, method: str, status: int) -> None:
    busy(method, status, Retry_After="1")
    with pytest.raises(RetryLater) as caught:
        transport_to(API, clock).request(method, PATH, json={})
    assert len(responses.calls) == 1
    assert caught.value.outcome_unknown


@responses.activate
def test_a_write_that_was_surely_not_carried_out_is_repeated(clock: Clock) -> None:
    busy("POST", 429, Retry_After="1")
    ready("POST")
    assert transport_to(API, clock).request("POST", PATH, json={}).status == 200


@responses.activate
def test_a_search_by_post_is_repeated_like_any_read(clock: Clock) -> None:
    busy("POST", 504, Retry_After="1")
    ready("POST")
    assert transport_to(API, clock).request("POST", PATH, json={}, writes=False).status == 200
