"""The files for a real installation say what this product needs, and nothing that it does not have."""

from __future__ import annotations

import configparser
import json
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "docs" / "deploy"
UNITS = ("offboarding-web.service", "offboarding-worker.service")
COMMANDS = {path.stem for path in (ROOT / "offboarding/management/commands").glob("*.py")} | {"migrate"}


def service(name: str) -> configparser.SectionProxy:
    unit = configparser.ConfigParser(interpolation=None, strict=False)
    unit.optionxform = str  # type: ignore[assignment, method-assign]
    unit.read(DEPLOY / name)
    return unit["Service"]


def commands_in(text: str) -> set[str]:
    return set(re.findall(r"manage\.py\"?,? \"?(\w+)", text))


@pytest.mark.parametrize("name", [*UNITS, "Containerfile", "README.md"])
def test_every_command_is_one_that_there_is(name: str) -> None:
    text = (DEPLOY / name).read_text()
    assert commands_in(text) <= COMMANDS
    assert "gunicorn deprov_site.wsgi" in text or "manage.py" in text


def test_the_worker_alone_is_asked_to_stop_and_started_again_unless_the_set_up_is_wrong() -> None:
    """SIGTERM to a whole process group makes django-q2 1.11 hang; exit 2 of the worker is a wrong set-up."""
    worker = service("offboarding-worker.service")
    assert (worker["KillMode"], worker["Restart"], worker["RestartPreventExitStatus"]) == ("mixed", "always", "2")
    assert int(worker["TimeoutStopSec"]) > 10


def test_both_units_share_settings_and_folder() -> None:
    web, worker = (service(name) for name in UNITS)
    for key in ("User", "EnvironmentFile", "Environment", "WorkingDirectory", "StateDirectory", "UMask"):
        assert web[key] == worker[key], key


@pytest.mark.parametrize("name", UNITS)
def test_the_unit_is_one_and_systemd_understands_it_where_it_is_here(name: str, tmp_path: Path) -> None:
    """With programs that are there in place of those of /opt, or it complains about the missing files alone."""
    sections = re.findall(r"^\[(\w+)\]$", (DEPLOY / name).read_text(), re.MULTILINE)
    assert sections == ["Unit", "Service", "Install"]
    assert service(name)["ExecStart"].startswith("/opt/offboarding/.venv/bin/")
    if shutil.which("systemd-analyze") is None:
        return
    text = re.sub(r"/opt/offboarding/\.venv/bin/\w+", "/bin/true", (DEPLOY / name).read_text())
    unit = tmp_path / name
    unit.write_text(text.replace("WorkingDirectory=/opt/offboarding", "WorkingDirectory=/"))
    found = subprocess.run(["systemd-analyze", "verify", str(unit)], capture_output=True, text=True, timeout=60)
    complaints = [line for line in found.stderr.splitlines() if name in line]
    assert complaints == []


def test_the_container_copies_what_there_is_and_starts_without_a_shell() -> None:
    lines = (DEPLOY / "Containerfile").read_text().splitlines()
    for line in lines:
        if line.startswith("COPY"):
            assert all((ROOT / source).exists() for source in shlex.split(line)[1:-1]), line
    (command,) = [line for line in lines if line.startswith("CMD")]
    assert json.loads(command.removeprefix("CMD "))[0] == "gunicorn"


def test_the_settings_it_names_are_settings() -> None:
    known = (ROOT / "deprov_site/settings.py").read_text()
    named = re.findall(r"^([A-Z_]+)=", (DEPLOY / "README.md").read_text(), re.MULTILINE)
    assert named and [name for name in named if f'"{name}"' not in known] == []
