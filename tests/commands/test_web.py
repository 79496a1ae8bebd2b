"""The web process of a real installation: where it must not start at all."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

from offboarding.sandbox.testing import SandboxThread
from tests.console import ROOT, Console

REAL = {"GENESYS_DOMAIN": "https://127.0.0.1:9", "GENESYS_CLIENT_ID": "real", "GENESYS_CLIENT_SECRET": "real"}


def test_it_does_not_start_where_demo_accounts_would_meet_a_real_org(tmp_path: Any) -> None:
    """Their password is public: nobody may sign in with it where it reaches a real org."""
    with SandboxThread(people=40) as sandbox:
        console = Console(tmp_path, sandbox)
        web = [sys.executable, "-m", "gunicorn", "deprov_site.wsgi", "--bind", "127.0.0.1:0", "--no-control-socket"]
        environment = console.environment | REAL
        ended = subprocess.run(web, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False)
        console.close()
    assert ended.returncode == 4
    assert "demo accounts, whose password is public" in ended.stderr
    assert "Traceback" not in ended.stderr
