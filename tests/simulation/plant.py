"""A plugin of pytest, off unless it is named: plants one bug of planted.py before the tests that are asked for.

    ./dev test -q -p tests.simulation.plant --plant gap_accepted tests/pipeline/test_history_gap.py

What is green with a bug in it shows nothing of that bug.
"""

from __future__ import annotations

from contextlib import ExitStack

import pytest

PLANTED = pytest.StashKey[ExitStack]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--plant", metavar="NAME", required=True, help="the bug of tests/simulation/planted.py")


def pytest_sessionstart(session: pytest.Session) -> None:
    from tests.simulation.planted import PLANTED as BUGS
    from tests.simulation.planted import planted

    name = session.config.getoption("plant")
    if name not in BUGS:
        raise pytest.UsageError(f"No planted bug is called {name}. There is: {', '.join(BUGS)}")
    session.config.stash[PLANTED] = stack = ExitStack()
    stack.enter_context(planted(name))


def pytest_sessionfinish(session: pytest.Session) -> None:
    if stack := session.config.stash.get(PLANTED, None):
        stack.close()
