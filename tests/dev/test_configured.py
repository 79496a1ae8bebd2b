"""`dev` reads a setting as the product does: the environment first, then `.env`."""

from __future__ import annotations

from pathlib import Path

import environ
import pytest

from tests.dev.test_command_line import load_dev


@pytest.mark.parametrize(
    "line",
    [
        "GENESYS_CLIENT_ID=5f0c",
        "export GENESYS_CLIENT_ID=5f0c",
        "GENESYS_CLIENT_ID='5f0c'",
        'GENESYS_CLIENT_ID="5f0c"',
        "# GENESYS_CLIENT_ID=5f0c",
        "GENESYS_CLIENT_ID=",
        "GENESYS_CLIENT_ID=sandbox",
        "OTHER_GENESYS_CLIENT_ID=5f0c",
        "GENESYS_CLIENT_ID=sandbox\nGENESYS_CLIENT_ID=5f0c",
        "GENESYS_CLIENT_ID=a=b",
    ],
)
def test_a_line_of_env_means_the_same_as_to_the_product(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str
) -> None:
    file = tmp_path / ".env"
    file.write_text(line + "\n")
    dev = load_dev()
    monkeypatch.setattr(dev, "ROOT", tmp_path)
    monkeypatch.delenv("DEPROV_ENV_FILE")

    class Product(environ.Env):
        ENVIRON: dict[str, str] = {}

    Product.read_env(file)

    assert dev.configured("GENESYS_CLIENT_ID") == Product.ENVIRON.get("GENESYS_CLIENT_ID", "")


def test_the_environment_comes_before_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".env").write_text("GENESYS_CLIENT_ID=5f0c\n")
    dev = load_dev()
    monkeypatch.setattr(dev, "ROOT", tmp_path)
    monkeypatch.delenv("DEPROV_ENV_FILE")
    assert dev.real_credentials()

    monkeypatch.setenv("GENESYS_CLIENT_ID", "")

    assert not dev.real_credentials()


def test_tests_and_checks_never_read_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".env").write_text("GENESYS_CLIENT_ID=5f0c\n")
    dev = load_dev()
    monkeypatch.setattr(dev, "ROOT", tmp_path)
    monkeypatch.setenv("DEPROV_ENV_FILE", "none")

    assert not dev.real_credentials()
