"""Writes the reference pages that are read from the code: `.venv/bin/python docs/reference.py`."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from docs import sandbox_page  # noqa: E402
from offboarding.genesys import permissions  # noqa: E402


def main() -> None:
    for name, text in (("permissions", permissions.as_markdown()), ("sandbox", sandbox_page.as_markdown())):
        page = ROOT / "docs" / f"{name}.md"
        page.write_text(text, encoding="utf-8")
        print(f"Written: {page.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
