"""Who trains what: workers, their leases, and the attempts at trials."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from service.tables.base import ATTEMPT_STATES, LEASE_STATES, Table, Told, now, one_of, parent


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
        one_of("state", LEASE_STATES),
        Index("ix_leases_state_expires_at", "state", "expires_at"),
        Index("ix_leases_study_id_id", "study_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    study_id: Mapped[int] = parent("studies.id")
    worker_id: Mapped[int] = parent("workers.id")
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
        one_of("state", ATTEMPT_STATES),
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
    study_id: Mapped[int] = parent("studies.id")
    trial_id: Mapped[int] = parent("trials.id")
    number: Mapped[int]
    lease_id: Mapped[int] = parent("leases.id")
    worker_id: Mapped[int] = parent("workers.id")
    state: Mapped[str] = mapped_column(String(16), default="running")
    preflight: Mapped[bool] = mapped_column(default=False)
    first_data_epoch: Mapped[int] = mapped_column(server_default="0")
    resumed_epoch: Mapped[int] = mapped_column(server_default="0")
    facts: Mapped[dict[str, Any] | None] = mapped_column(Told)
    started_at: Mapped[datetime] = mapped_column(default=now)
    ended_at: Mapped[datetime | None]
    reason: Mapped[str | None]
