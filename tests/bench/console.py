"""A console of its own for a benchmark: a fresh database in a temporary folder, five accounts, a sandbox beside it."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def console(**sandbox_options: Any) -> Iterator[Any]:
    """Django set up against a SandboxThread made with these options; yields the sandbox. Once a process."""
    from offboarding.sandbox.testing import SandboxThread

    folder = tempfile.mkdtemp(prefix="offboarding-bench-")
    try:
        with SandboxThread(**sandbox_options) as sandbox:
            os.environ.update(
                DEPROV_ENV_FILE="none",
                VAR_DIR=folder,
                SANDBOX_URL=sandbox.url,
                GENESYS_DOMAIN=sandbox.url,
                LOG_LEVEL="ERROR",
                DJANGO_SETTINGS_MODULE="deprov_site.settings",
            )
            import django

            django.setup()
            from django.core.management import call_command

            call_command("migrate", verbosity=0)
            call_command("seed_demo", stdout=open(os.devnull, "w"))
            yield sandbox
    finally:
        shutil.rmtree(folder, ignore_errors=True)
