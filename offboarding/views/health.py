"""Signs of life for whoever watches the process from outside. Public; names of checks only, no details."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from django.contrib.auth.decorators import login_not_required
from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from offboarding.models import WorkerHeartbeat

WORKER_MAY_BE_SILENT = timedelta(seconds=30)


@login_not_required
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """200 as long as the process answers; asks nothing else."""
    return HttpResponse("ok", content_type="text/plain")


@login_not_required
@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """Whether work can be done: `{"ready": bool, "checks": {"database", "migrations", "worker": bool}}`, 200 or 503."""
    checks = {name: _holds(check) for name, check in CHECKS.items()}
    ready = all(checks.values())
    return JsonResponse({"ready": ready, "checks": checks}, status=200 if ready else 503)


def _holds(check: Callable[[], bool]) -> bool:
    try:
        return check()
    except Error:
        return False


def _database() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return True


def _migrations() -> bool:
    executor = MigrationExecutor(connection)
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())


def worker_is_seen() -> bool:
    """Whether a worker gave a sign of life lately."""
    return WorkerHeartbeat.objects.filter(seen_at__gt=timezone.now() - WORKER_MAY_BE_SILENT).exists()


CHECKS = {"database": _database, "migrations": _migrations, "worker": worker_is_seen}
