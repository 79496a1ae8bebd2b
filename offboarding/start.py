"""What must hold before this database may work against the configured org; asked when worker and commands start."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.models import User
from django.db import DatabaseError, InterfaceError, OperationalError, connection
from django.db.migrations.executor import MigrationExecutor

from offboarding.models import DeprovisionRequest

DEMO_DOMAIN = "demo.invalid"
DEMO_ACCOUNTS = {
    "staff": "Sam Staff",
    "approver": "Ada Approver",
    "manager": "Mia Manager",
    "auditor": "Otto Auditor",
    "admin": "Alex Admin",
}
DEMO_PASSWORD = "offboard-demo"
ANOTHER = "Set DATABASE_URL (or VAR_DIR) to a database of its own for this org, then run `manage.py migrate`."


class WrongDatabase(Exception):
    """This database cannot be used here: says why, and how to go on in `remedy`."""

    def __init__(self, problem: str, remedy: str) -> None:
        super().__init__(problem)
        self.problem = problem
        self.remedy = remedy


def database_must_be_ready() -> None:
    """WrongDatabase unless it answers and has every migration."""
    try:
        executor = MigrationExecutor(connection)
        missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except (OperationalError, InterfaceError) as error:
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise WrongDatabase(f"The database does not answer: {reason}.", "Check DATABASE_URL and VAR_DIR.") from error
    if missing:
        raise WrongDatabase("The database is not up to date.", "Run `manage.py migrate`, then try again.")


def web_must_fit() -> None:
    """What the web process asks before it serves anybody. WrongDatabase as `accounts_must_fit`.

    A database that does not answer, or is not migrated, is told by /readyz; then nobody can sign in either.
    """
    try:
        accounts_must_fit()
    except DatabaseError:
        return


def accounts_must_fit() -> None:
    """WrongDatabase when demo accounts, whose password is public, meet real credentials."""
    if not settings.SANDBOX_MODE and User.objects.filter(email__endswith=f"@{DEMO_DOMAIN}").exists():
        raise WrongDatabase("This database holds the demo accounts, whose password is public.", ANOTHER)


def database_must_fit(org_id: str) -> None:
    """WrongDatabase when demo accounts meet real credentials, or when rows tell of another org.

    Rows of another org would be planned and deleted under wrong ids.
    """
    accounts_must_fit()
    foreign = DeprovisionRequest.objects.exclude(org_id=org_id).order_by("id").first()
    if foreign is not None:
        raise WrongDatabase(f"This database holds requests of the org {foreign.org_name or foreign.org_id}.", ANOTHER)
