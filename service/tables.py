"""Our tables, the only truth. Every constraint has a name, so that migrations can speak of it."""

from datetime import UTC, datetime
from typing import Any, Literal, get_args

from sqlalchemy import (
    JSON,
    CheckConstraint,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    MetaData,
    String,
    TypeDecorator,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

StudyState = Literal["running", "paused", "complete", "cancelled", "failed"]
TrialState = Literal[
    "waiting", "running", "complete", "pruned", "infeasible", "failed", "cancelled"
]
Severity = Literal["skipped", "pass", "note", "warning", "fatal"]
STUDY_STATES: tuple[str, ...] = get_args(StudyState)
TRIAL_STATES: tuple[str, ...] = get_args(TrialState)
SEVERITIES: tuple[str, ...] = get_args(Severity)
ENDED = ("complete", "pruned", "infeasible", "failed", "cancelled")
ATTEMPT_STATES = ("running", "ended", "lost", "released")
LEASE_STATES = ("active", "ended", "lost", "released")

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Utc(TypeDecorator[datetime]):
    """A moment in UTC; SQLite keeps no zone, so it is put back on reading."""

    impl = DateTime(timezone=True)
    cache_ok = True

    @property
    def python_type(self) -> type[datetime]:
        """What a column of this type holds."""
        return datetime

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value.replace(tzinfo=UTC) if value is not None and value.tzinfo is None else value


Document = JSON().with_variant(JSONB(), "postgresql")
# Keys stay in the order they were told in, layers from the first to the last: jsonb sorts them.
Told = JSON()


def now() -> datetime:
    """The service's clock; leases are counted by it."""
    return datetime.now(UTC)


def _one_of(column: str, values: tuple[str, ...]) -> CheckConstraint:
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=column)


class Table(DeclarativeBase):
    """Base of the mapped tables."""

    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy's own declaration
        datetime: Utc(),
        dict[str, Any]: Document,
        dict[str, float]: Document,
        list[str]: Document,
    }


def _parent(target: str) -> Any:
    return mapped_column(ForeignKey(target, ondelete="CASCADE"))


class Study(Table):
    """A recipe, a space and how to search it; `document` is the study as submitted, complete.

    `budget` counts the strategy's trials, `next_ordinal` how many of them it has given out, and
    `next_number` all trials with those that people enqueued.
    """

    __tablename__ = "studies"
    __table_args__ = (_one_of("state", STUDY_STATES), Index("ix_studies_state_id", "state", "id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    state: Mapped[str] = mapped_column(String(16), default="running")
    document: Mapped[dict[str, Any]]
    metric: Mapped[str] = mapped_column(String(64))
    direction: Mapped[str] = mapped_column(String(8))
    budget: Mapped[int]
    next_ordinal: Mapped[int] = mapped_column(default=0)
    next_number: Mapped[int] = mapped_column(default=0)
    tags: Mapped[list[str]] = mapped_column(default=list)
    note: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime] = mapped_column(default=now)
    ended_at: Mapped[datetime | None]


class Trial(Table):
    """One point of a study. `value` is the best objective so far, at `best_epoch`.

    `ordinal` is the strategy's number of the point, None for one that somebody enqueued; `repeat`
    counts the seeds of a point. `lost` counts the attempts that a dead worker cost. A repair trains
    the point of the trial `repair_of`, a trial of the same study, with the values of `patch`.
    """

    __tablename__ = "trials"
    __table_args__ = (
        _one_of("state", TRIAL_STATES),
        UniqueConstraint("study_id", "number"),
        UniqueConstraint("study_id", "ordinal", "repeat"),
        Index("ix_trials_study_id_state_number", "study_id", "state", "number"),
        Index(
            "ix_trials_repair_of",
            "repair_of",
            sqlite_where=text("repair_of IS NOT NULL"),
            postgresql_where=text("repair_of IS NOT NULL"),
        ),
        # No index on what a report changes, and room in each page: Postgres then updates in place.
        {"postgresql_with": {"fillfactor": 70}},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    study_id: Mapped[int] = _parent("studies.id")
    number: Mapped[int]
    ordinal: Mapped[int | None]
    repeat: Mapped[int] = mapped_column(default=0)
    state: Mapped[str] = mapped_column(String(16), default="waiting")
    params: Mapped[dict[str, Any]]
    stack_key: Mapped[str] = mapped_column(String(16))
    epochs: Mapped[int]
    epochs_done: Mapped[int] = mapped_column(default=0)
    value: Mapped[float | None]
    best_epoch: Mapped[int | None]
    attempts: Mapped[int] = mapped_column(default=0)
    lost: Mapped[int] = mapped_column(default=0)
    reason: Mapped[str | None]
    repair_of: Mapped[int | None]  # no foreign key: both go with their study
    patch: Mapped[dict[str, Any] | None] = mapped_column(Told)
    created_at: Mapped[datetime] = mapped_column(default=now)
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]


class Worker(Table):
    """A process that has claimed; `name` is its own and unique.

    `slots` is the most trials that it has asked to hold at once. `study_id` is the one whose trials
    alone it asked for last; None: any.
    """

    __tablename__ = "workers"
    __table_args__ = (UniqueConstraint("name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    device: Mapped[str] = mapped_column(String(200))
    slots: Mapped[int]
    version: Mapped[str] = mapped_column(String(64))
    study_id: Mapped[int | None]  # no foreign key: deleting a study then locks no worker
    first_seen_at: Mapped[datetime] = mapped_column(default=now)
    last_seen_at: Mapped[datetime] = mapped_column(default=now)


class Lease(Table):
    """A worker's timed claim on trials of one study; `token_hash` fences its writes.

    All its trials are of `stack_key`. `slots` is how many the worker can hold, `plan` how it trains
    them (service.plan), None before it has said so.
    """

    __tablename__ = "leases"
    __table_args__ = (
        _one_of("state", LEASE_STATES),
        Index("ix_leases_state_expires_at", "state", "expires_at"),
        Index("ix_leases_study_id_id", "study_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    study_id: Mapped[int] = _parent("studies.id")
    worker_id: Mapped[int] = _parent("workers.id")
    token_hash: Mapped[str] = mapped_column(String(64))
    stack_key: Mapped[str] = mapped_column(String(16), server_default="")
    slots: Mapped[int] = mapped_column(server_default="1")
    plan: Mapped[dict[str, Any] | None]
    state: Mapped[str] = mapped_column(String(16), default="active")
    expires_at: Mapped[datetime]
    created_at: Mapped[datetime] = mapped_column(default=now)
    ended_at: Mapped[datetime | None]


class Attempt(Table):
    """One go at a trial by one worker. `preflight` marks the one that measures its recipe shape.

    Its stack had seen `first_data_epoch` epochs of the data when it came. `resumed_epoch` is that
    of the snapshot it went on from; the epochs up to it are an earlier attempt's. `facts` is what
    its worker knew of the run when it judged (diagnostics.Facts), None where it has not said.
    """

    __tablename__ = "attempts"
    __table_args__ = (
        _one_of("state", ATTEMPT_STATES),
        UniqueConstraint("trial_id", "number"),
        Index("ix_attempts_lease_id", "lease_id"),
        Index(
            "ix_attempts_preflight",
            "study_id",
            sqlite_where=text("preflight"),
            postgresql_where=text("preflight"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    study_id: Mapped[int] = _parent("studies.id")
    trial_id: Mapped[int] = _parent("trials.id")
    number: Mapped[int]
    lease_id: Mapped[int] = _parent("leases.id")
    worker_id: Mapped[int] = _parent("workers.id")
    state: Mapped[str] = mapped_column(String(16), default="running")
    preflight: Mapped[bool] = mapped_column(default=False)
    first_data_epoch: Mapped[int] = mapped_column(server_default="0")
    resumed_epoch: Mapped[int] = mapped_column(server_default="0")
    facts: Mapped[dict[str, Any] | None] = mapped_column(Told)
    started_at: Mapped[datetime] = mapped_column(default=now)
    ended_at: Mapped[datetime | None]
    reason: Mapped[str | None]


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
        _one_of("severity", SEVERITIES),
        UniqueConstraint("trial_id", "check_name"),
        Index("ix_verdicts_study_id_check_name_severity", "study_id", "check_name", "severity"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    study_id: Mapped[int] = _parent("studies.id")
    trial_id: Mapped[int] = _parent("trials.id")
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
    study_id: Mapped[int] = _parent("studies.id")
    trial_id: Mapped[int] = _parent("trials.id")
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
    trial_id: Mapped[int] = _parent("trials.id")
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
    trial_id: Mapped[int] = _parent("trials.id")
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
    study_id: Mapped[int | None] = _parent("studies.id")
    trial_id: Mapped[int | None] = _parent("trials.id")
    kind: Mapped[str] = mapped_column(String(32))
    data: Mapped[dict[str, Any]]
