"""Several people or workers who act at the same moment, each on a database connection of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any

from django.db import connections

from offboarding.actions.errors import Refused


def at_once(*acts: Callable[[], Any], seconds: float = 120) -> list[Any]:
    """What each act returned, or the Refused that it raised, in the order given. Any other error is raised here."""
    gate = threading.Barrier(len(acts))
    ends: list[Any] = [None] * len(acts)
    errors: list[BaseException] = []

    def act(number: int) -> None:
        try:
            gate.wait(30)
            ends[number] = acts[number]()
        except Refused as refused:
            ends[number] = refused
        except BaseException as error:
            errors.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=act, args=(number,), daemon=True) for number in range(len(acts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(seconds)
    assert not any(thread.is_alive() for thread in threads), "somebody still waits: a deadlock"
    if errors:
        raise errors[0]
    return ends


def refused(ends: Sequence[Any]) -> list[Refused]:
    return [end for end in ends if isinstance(end, Refused)]
