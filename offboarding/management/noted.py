"""A command that changes rows in somebody's name."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from offboarding.audit.channel import on_the_command_line


class NotedCommand(BaseCommand):
    """Everything that it records says that it came from the command line, and from whom there."""

    def execute(self, *args: Any, **options: Any) -> str | None:
        with on_the_command_line():
            return super().execute(*args, **options)
