"""Run by test_crash: writes archives of growing intervals over one another until it is killed."""

from __future__ import annotations

import sys
from datetime import timedelta
from itertools import count
from pathlib import Path

from offboarding.archives.writer import write_archive
from tests.archives.history import END, QUERY, START, History, nothing

for number in count():
    end = END + timedelta(minutes=number)
    write_archive(
        folder=Path(sys.argv[1]),
        query=QUERY,
        interval=(START, end),
        fetch=History(150, START, end, big=True).fetch,
        progress=nothing,
    )
    if number == 0:
        print("ready", flush=True)
