"""An archive of 200,000 conversations is written and verified within 150 MB."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LARGE = """
import json, sys
from pathlib import Path
import django
from django.conf import settings
settings.configure(VAR_DIR=sys.argv[1], INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes"])
django.setup()
from offboarding.archives.verify import verify
from offboarding.archives.windows import last_year
from offboarding.archives.writer import write_archive
from tests.archives.history import END, QUERY, History, nothing
from tests.memory import peak_mb

folder, count = Path(sys.argv[1]), int(sys.argv[2])
start, end = last_year(END)
history = History(count, start, end, big=True)
manifest = write_archive(
    folder=folder, query=QUERY, interval=(start, end), fetch=history.fetch, progress=nothing
)
verify(folder / "conversations.jsonl.gz", manifest)
print(json.dumps([manifest.count, manifest.size_of_lines, len(manifest.windows), peak_mb()]))
"""


@pytest.mark.slow
def test_two_hundred_thousand_conversations_fit_in_150_mb(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", LARGE, tmp_path, "200000"],
        cwd=ROOT,
        check=True,
        stdout=subprocess.PIPE,
        timeout=900,
    )
    count, size_of_lines, windows, peak = json.loads(done.stdout)
    assert count == 200_000
    assert size_of_lines > 400_000_000, "the conversations must be of real size"
    assert windows > 12, "windows this full must have been halved"
    assert peak < 150
