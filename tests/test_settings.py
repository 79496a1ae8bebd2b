"""Settings that are set to nothing are as those that are not set: an `.env` file is often a list of empty names."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ASK = "from deprov_site import settings as s; print(s.GENESYS_DOMAIN, s.SANDBOX_MODE)"


def read(tmp_path: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("GENESYS_", "SANDBOX_"))}
    env = kept | {"DEPROV_ENV_FILE": "none", "VAR_DIR": str(tmp_path), **environment}
    return subprocess.run([sys.executable, "-c", ASK], env=env, cwd=ROOT, text=True, capture_output=True)


@pytest.mark.parametrize("empty", [(), ("SANDBOX_URL",), ("GENESYS_DOMAIN",), ("SANDBOX_URL", "GENESYS_DOMAIN")])
def test_an_address_set_to_nothing_is_the_default(tmp_path, empty):
    assert read(tmp_path, **dict.fromkeys(empty, "")).stdout == "http://127.0.0.1:8700 True\n"
    real = read(tmp_path, GENESYS_CLIENT_ID="c-1", **dict.fromkeys(empty, ""))
    assert real.stdout == "https://api.mypurecloud.com False\n"


@pytest.mark.parametrize("name", ["SANDBOX_URL", "GENESYS_DOMAIN"])
def test_the_sandboxs_credentials_go_to_no_other_host_and_the_refusal_names_it(tmp_path, name):
    told = read(tmp_path, **{name: "https://api.example.test"}).stderr
    assert "would be asked at https://api.example.test, but GENESYS_CLIENT_ID is not set" in told
