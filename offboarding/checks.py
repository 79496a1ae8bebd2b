"""System checks of the product: a wrong set-up is refused at start, not found during a deletion."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register


@register()
def queue_gives_back_only_after_the_timeout(app_configs: Any, **kwargs: Any) -> Sequence[CheckMessage]:
    """django-q2 hands a task out again after `retry`; below `timeout` that means twice at once."""
    cluster = settings.Q_CLUSTER
    if cluster["retry"] <= cluster["timeout"]:
        return [Error("Q_CLUSTER retry must be longer than its timeout.", id="offboarding.E001")]
    return []
