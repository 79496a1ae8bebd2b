"""Writes the reference pages that are read from the code: `.venv/bin/python docs/reference.py`."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from offboarding.genesys.permissions import as_markdown  # noqa: E402


def main() -> None:
    page = ROOT / "docs" / "permissions.md"
    page.write_text(as_markdown(), encoding="utf-8")
    print(f"Written: {page.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
