"""The last step says that somebody is told only when somebody is."""

from __future__ import annotations

from typing import Any, cast

import pytest

from offboarding.actions.endpoints import add_endpoint, disable_endpoint
from offboarding.pipeline.step import Work
from offboarding.pipeline.steps.notify import STEP

pytestmark = pytest.mark.django_db
NO_WORK = cast(Work, None)  # the step looks at receivers alone


def test_the_environments_address_or_an_enabled_endpoint_is_somebody_to_tell(admin: Any, settings: Any) -> None:
    settings.DEPROVISION_WEBHOOK_URL = ""
    assert STEP.apply(NO_WORK).state == "nothing_to_do"
    endpoint, _ = add_endpoint(admin, name="HR", address="https://hooks.example.com/")
    assert STEP.apply(NO_WORK).state == "sent"
    disable_endpoint(admin, endpoint_id=endpoint.pk, reason="Moved")
    assert STEP.apply(NO_WORK).state == "nothing_to_do"
    settings.DEPROVISION_WEBHOOK_URL = "http://127.0.0.1:9/hook"
    assert STEP.apply(NO_WORK).state == "sent"
