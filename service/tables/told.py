"""What is told of a trial: its epochs, verdicts, causes, decisions, files and events."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from service.tables.base import SEVERITIES, Table, Told, now, one_of, parent


class Epoch(Table):
    """What one attempt reported of one epoch; epoch 0 is the model before its first update.

    `value` is the objective, `best_value` the best of it so far: what stopping rules compare.
    """

    __tablename__ = "epochs"
    __table_args__ = (
        Index("ix_epochs_study_id_epoch", "study_id", "epoch", "trial_id", "best_value"),
    )

    trial_id: Mapped[int] = mapped_column(
        ForeignKey("trials.id", ondelete="CASCADE"), primary_key=True
    )
    attempt: Mapped[int] = mapped_column(primary_key=True)
    epoch: Mapped[int] = mapped_column(primary_key=True)
    study_id: Mapped[int]  # the trial's own, for the index; no foreign key to check twice
    train_loss: Mapped[float | None]
    val_loss: Mapped[float | None]
    train_accuracy: Mapped[float | None]
    val_accuracy: Mapped[float | None]
    lr: Mapped[float | None]
    seconds: Mapped[float | None]
    value: Mapped[float | None]
    best_value: Mapped[float | None]
    signals: Mapped[dict[str, Any]] = mapped_column(Told)


class VerdictRow(Table):
    """A check's current verdict on a trial. SQL reserves `check`, hence `check_name`.

    `stack_key` is set where the verdict holds for every trial of that recipe shape. `causes` are
    those it speaks for, with the probability of each by this verdict alone.
    """

    __tablename__ = "verdicts"
    __table_args__ = (
        one_of("severity", SEVERITIES),
        UniqueConstraint("trial_id", "check_name"),
        Index("ix_verdicts_study_id_check_name_severity", "study_id", "check_name", "severity"),
        Index("ix_verdicts_study_id_severity_trial_id", "study_id", "severity", "trial_id"),
        Index(
            "ix_verdicts_study_id_stack_key",
            "study_id",
            "stack_key",
            sqlite_where=text("stack_key IS NOT NULL"),
            postgresql_where=text("stack_key IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    study_id: Mapped[int] = parent("studies.id")
    trial_id: Mapped[int] = parent("trials.id")
    attempt: Mapped[int]
    check_name: Mapped[str] = mapped_column(String(64))
    severity: Mapped[str] = mapped_column(String(8))
    stack_key: Mapped[str | None] = mapped_column(String(16))
    summary: Mapped[str]
    evidence: Mapped[dict[str, Any]] = mapped_column(Told)
    remedy: Mapped[dict[str, Any] | None]
    causes: Mapped[dict[str, float]] = mapped_column(Told, server_default="{}")
    first_epoch: Mapped[int | None]
    last_epoch: Mapped[int | None]
    created_at: Mapped[datetime] = mapped_column(default=now)


class DiagnosisRow(Table):
    """One cause of what is wrong with a trial, and how likely it is; `rank` 1 is the likeliest.

    `cause` is one of diagnostics.causes.CAUSES, `checks` are those whose verdicts speak for it, the
    strongest first. A healthy trial has none.
    """

    __tablename__ = "diagnoses"
    __table_args__ = (
        CheckConstraint("rank >= 1", name="rank"),
        CheckConstraint("confidence >= 0 AND confidence <= 1", name="confidence"),
        UniqueConstraint("trial_id", "rank"),
        Index("ix_diagnoses_study_id_cause", "study_id", "cause"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    study_id: Mapped[int] = parent("studies.id")
    trial_id: Mapped[int] = parent("trials.id")
    rank: Mapped[int]
    cause: Mapped[str] = mapped_column(String(64))
    confidence: Mapped[float]
    checks: Mapped[list[str]]
    created_at: Mapped[datetime] = mapped_column(default=now)


class DecisionRow(Table):
    """What a stopping rule decided about a trial at a rung, and why."""

    __tablename__ = "decisions"
    __table_args__ = (UniqueConstraint("trial_id", "attempt", "epoch"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    study_id: Mapped[int] = mapped_column(ForeignKey("studies.id", ondelete="CASCADE"), index=True)
    trial_id: Mapped[int] = parent("trials.id")
    attempt: Mapped[int]
    epoch: Mapped[int]
    rule: Mapped[str] = mapped_column(String(64))
    keep: Mapped[bool]
    value: Mapped[float | None]
    threshold: Mapped[float | None]
    peers: Mapped[int]
    reason: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(default=now)


class Artifact(Table):
    """A file of a trial: its best epoch's checkpoint, or a snapshot to go on from."""

    __tablename__ = "artifacts"
    __table_args__ = (UniqueConstraint("trial_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    trial_id: Mapped[int] = parent("trials.id")
    attempt: Mapped[int]
    name: Mapped[str] = mapped_column(String(200))
    uri: Mapped[str]
    bytes: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(default=now)


class EventRow(Table):
    """Something changed: what the event stream, the logs and the dashboard's updates read."""

    __tablename__ = "events"
    __table_args__ = (
        Index("ix_events_study_id_id", "study_id", "id"),
        Index("ix_events_trial_id_id", "trial_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(default=now)
    study_id: Mapped[int | None] = parent("studies.id")
    trial_id: Mapped[int | None] = parent("trials.id")
    kind: Mapped[str] = mapped_column(String(32))
    data: Mapped[dict[str, Any]]
