"""What all tables share: types of columns, names of constraints, the words for states."""

from datetime import UTC, datetime
from typing import Any, Literal, get_args

from sqlalchemy import (
    JSON,
    CheckConstraint,
    DateTime,
    Dialect,
    ForeignKey,
    MetaData,
    TypeDecorator,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, mapped_column

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
Role = Literal["viewer", "submitter", "worker", "admin"]
ROLES: tuple[str, ...] = get_args(Role)
WEBHOOK_STATES = ("active", "disabled")

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


def one_of(column: str, values: tuple[str, ...]) -> CheckConstraint:
    """The column holds one of these words."""
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


def parent(target: str) -> Any:
    """A column that names a row without which this one goes."""
    return mapped_column(ForeignKey(target, ondelete="CASCADE"))
