"""The list of hosts in the environment: read when the settings are imported, so in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = "import json; from deprov_site import settings; print(json.dumps(settings.WEBHOOK_ALLOWED_HOSTS))"


@pytest.mark.parametrize(
    ("text", "hosts"),
    [
        ("hr.example.com,pay.example.com:8443", ["hr.example.com", "pay.example.com:8443"]),
        (" hr.example.com , pay.example.com:8443\t", ["hr.example.com", "pay.example.com:8443"]),
        ("hr.example.com, ,", ["hr.example.com"]),
        (" ", []),
        ("", []),
    ],
)
def test_spaces_around_a_host_do_not_count(text: str, hosts: list[str]) -> None:
    environment = {**os.environ, "WEBHOOK_ALLOWED_HOSTS": text}
    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    assert json.loads(ended.stdout) == hosts
