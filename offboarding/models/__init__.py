"""The rows of the console. Imports Django only; writes live in actions/ (webhooks and audit write their own)."""

from offboarding.models.archive import AcceptedGap, Archive
from offboarding.models.audit import AuditHead, AuditRecord
from offboarding.models.policy import Hold, ProtectionRule
from offboarding.models.reading import StepReading
from offboarding.models.request import Decision, DeprovisionRequest, Plan
from offboarding.models.run import Run, StepRun, WorkerHeartbeat
from offboarding.models.webhook import Delivery, DeliveryAttempt, WebhookEndpoint

__all__ = [
    "AcceptedGap",
    "Archive",
    "AuditHead",
    "AuditRecord",
    "Decision",
    "Delivery",
    "DeliveryAttempt",
    "DeprovisionRequest",
    "Hold",
    "Plan",
    "ProtectionRule",
    "Run",
    "StepReading",
    "StepRun",
    "WebhookEndpoint",
    "WorkerHeartbeat",
]
