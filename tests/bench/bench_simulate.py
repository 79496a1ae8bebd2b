"""Seeds of the simulation in a second, and whether all of them held. Bar: none fails; the speed is only told."""

from __future__ import annotations

import os

QUICK, ALL = 15, 10_000


def main() -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "deprov_site.settings")
    from tests.simulation.__main__ import main as simulate

    return simulate(["--seeds", str(QUICK if os.environ.get("BENCH_QUICK") else ALL)])
