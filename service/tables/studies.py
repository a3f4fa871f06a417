"""A study and its trials."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from service.tables.base import STUDY_STATES, TRIAL_STATES, Table, Told, now, one_of, parent


class Study(Table):
    """A recipe, a space and how to search it; `document` is the study as submitted, complete.

    `budget` counts the strategy's trials, `next_ordinal` how many of them it has given out, and
    `next_number` all trials with those that people enqueued.
    """

    __tablename__ = "studies"
    __table_args__ = (one_of("state", STUDY_STATES), Index("ix_studies_state_id", "state", "id"))

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
        one_of("state", TRIAL_STATES),
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
    study_id: Mapped[int] = parent("studies.id")
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
