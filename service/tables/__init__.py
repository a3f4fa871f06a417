"""Our tables, the only truth. Every constraint has a name, so that migrations can speak of it."""

from service.tables.access import TokenRow, Webhook
from service.tables.base import (
    ATTEMPT_STATES,
    ENDED,
    LEASE_STATES,
    ROLES,
    STUDY_STATES,
    TRIAL_STATES,
    Role,
    Severity,
    StudyState,
    Table,
    TrialState,
    Utc,
    now,
)
from service.tables.studies import Study, Trial
from service.tables.told import Artifact, DecisionRow, DiagnosisRow, Epoch, EventRow, VerdictRow
from service.tables.work import Attempt, Lease, Worker

__all__ = [
    "ATTEMPT_STATES",
    "ENDED",
    "LEASE_STATES",
    "ROLES",
    "STUDY_STATES",
    "TRIAL_STATES",
    "Artifact",
    "Attempt",
    "DecisionRow",
    "DiagnosisRow",
    "Epoch",
    "EventRow",
    "Lease",
    "Role",
    "Severity",
    "Study",
    "StudyState",
    "Table",
    "TokenRow",
    "Trial",
    "TrialState",
    "Utc",
    "VerdictRow",
    "Webhook",
    "Worker",
    "now",
]
