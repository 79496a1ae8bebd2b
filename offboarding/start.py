"""What must hold before this database may work against the configured org; asked when worker and commands start."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.models import User

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


class WrongDatabase(Exception):
    """This database belongs to another org, or to the sandbox: says which, and how to go on in `remedy`."""

    def __init__(self, problem: str, remedy: str) -> None:
        super().__init__(problem)
        self.problem = problem
        self.remedy = remedy


def database_must_fit(org_id: str) -> None:
    """WrongDatabase when demo accounts meet real credentials, or when rows tell of another org.

    Demo accounts have a published password; rows of another org would be planned and deleted under wrong ids.
    """
    remedy = (
        "Set DATABASE_URL (or VAR_DIR) to a database of its own for this org, then run `manage.py migrate`."
    )
    if not settings.SANDBOX_MODE and User.objects.filter(email__endswith=f"@{DEMO_DOMAIN}").exists():
        raise WrongDatabase("This database holds the demo accounts, whose password is public.", remedy)
    foreign = DeprovisionRequest.objects.exclude(org_id=org_id).order_by("id").first()
    if foreign is not None:
        raise WrongDatabase(
            f"This database holds requests of the org {foreign.org_name or foreign.org_id}.", remedy
        )
