"""DEPROVISION_PENDING_EVALUATIONS=refuse in words: nobody is deprovisioned while evaluations are still to be scored."""

from __future__ import annotations

from offboarding.plan.words import counted

RULE = "DEPROVISION_PENDING_EVALUATIONS=refuse forbids to deprovision before they are scored."
SCORE_THEM = "Have them scored, reassigned or deleted in Genesys Cloud's quality management."


def why_unscored(name: str, pending: int | None) -> str:
    """Why so many evaluations, None while nobody can see how many, stand in the way; empty when there are none."""
    if pending is None:
        return f"This console cannot see whether evaluations by or of {name} are still to be scored. {RULE}"
    if not pending:
        return ""
    are = "is" if pending == 1 else "are"
    return f"{counted(pending, 'evaluation')} by or of {name} {are} still to be scored. {RULE}"
