"""How fast an archive is written and verified, against bare zlib and bare json, and how its memory grows.

`main` prints ratios; with BENCH_QUICK set it uses a tenth of the conversations.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
import zlib
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from offboarding.archives.parts import LEVEL
from offboarding.archives.verify import verify
from offboarding.archives.windows import last_year
from offboarding.archives.writer import write_archive
from tests.archives.history import END, QUERY, History, nothing
from tests.memory import peak_mb

INTERVAL = last_year(END)


def seconds(work: Callable[[], object]) -> float:
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def measure(count: int) -> dict[str, float]:
    """Write and verify an archive of `count` conversations in this process."""
    history = History(count, *INTERVAL, big=True)
    making = seconds(lambda: sum(1 for _ in history.all()))
    with tempfile.TemporaryDirectory() as name:
        begin = time.perf_counter()
        manifest = write_archive(
            folder=Path(name), query=QUERY, interval=INTERVAL, fetch=history.fetch, progress=nothing
        )
        writing = time.perf_counter() - begin - making
        path = next(Path(name).glob("*.gz"))
        verifying = seconds(lambda: verify(path, manifest))
    mb = manifest.size_of_lines / 1e6
    return {
        "mb": mb,
        "written": mb / writing,
        "verified": mb / verifying,
        "smaller": manifest.size_of_lines / manifest.size,
        "peak": peak_mb(),
    }


def limits(count: int = 5_000) -> dict[str, float]:
    """What the standard library alone does with the same conversations, in MB a second."""
    records = list(History(count, *INTERVAL, big=True).all())
    lines: list[bytes] = []

    def dump() -> None:
        lines.extend(json.dumps(record, separators=(",", ":"), ensure_ascii=False).encode() for record in records)

    def load() -> None:
        for line in lines:
            json.loads(line)

    def deflate(level: int) -> None:
        packer = zlib.compressobj(level, zlib.DEFLATED, 31)
        for at in range(0, count, 100):
            packer.compress(b"\n".join(lines[at : at + 100]))
        packer.flush()

    found = {"dumps": seconds(dump), "loads": seconds(load)}
    found |= {f"zlib {level}": seconds(partial(deflate, level)) for level in (1, LEVEL)}
    mb = sum(map(len, lines)) / 1e6
    return {name: mb / took for name, took in found.items()}


def apart(count: int) -> dict[str, Any]:
    """`measure` in a fresh process, so that its peak of memory is its own."""
    code = f"import json; from tests.bench.bench_archive import measure; print(json.dumps(measure({count})))"
    done = subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.PIPE)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def main() -> int:
    large = 20_000 if os.environ.get("BENCH_QUICK") else 200_000
    limit = limits()
    few, many = apart(large // 10), apart(large)
    serial = 1 / (1 / limit["dumps"] + 1 / limit[f"zlib {LEVEL}"])
    print(f"{large:,} conversations, {many['mb']:.0f} MB of lines, {many['smaller']:.1f} times smaller on disk")
    for name, value in limit.items():
        print(f"  bare {name}: {value:.0f} MB/s")
    print(f"  written {many['written']:.0f} MB/s, verified {many['verified']:.0f} MB/s")
    print(f"write / bare zlib {LEVEL}: {many['written'] / limit[f'zlib {LEVEL}']:.2f}")
    print(f"write / json.dumps then zlib {LEVEL}, one after the other: {many['written'] / serial:.2f}")
    print(f"verify / bare json.loads: {many['verified'] / limit['loads']:.2f}")
    print(
        f"peak memory {large:,} / {large // 10:,}: {many['peak'] / few['peak']:.2f} "
        f"({many['peak']:.0f} MB, {few['peak']:.0f} MB)"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
