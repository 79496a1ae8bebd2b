"""When a step is tried again after Genesys Cloud said: not now."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from offboarding.genesys.errors import RetryLater
from offboarding.pipeline.slice import MOST_WAITS
from offboarding.pipeline.troubles import what_to_do


@pytest.mark.parametrize(("failures", "seconds"), [(0, 3), (3, 3), (4, 9), (7, 9), (8, 27), (MOST_WAITS - 1, 27)])
def test_while_genesys_has_trouble_the_waits_grow_as_documented(failures, seconds):
    soon = timezone.now() + timedelta(seconds=1)
    told = {"remedy": "", "at": soon}
    verdict = what_to_do(RetryLater("", status=503, **told), failures)
    assert seconds - 1 < (verdict.at - timezone.now()).total_seconds() <= seconds
    for status in (429, None):
        assert what_to_do(RetryLater("", status=status, **told), failures).at == soon


def test_trouble_that_names_a_later_time_is_left_alone_until_then():
    later = timezone.now() + timedelta(minutes=10)
    assert what_to_do(RetryLater("", remedy="", status=503, at=later), MOST_WAITS - 1).at == later
