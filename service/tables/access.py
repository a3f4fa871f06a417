"""Who may ask, and who is told."""

from datetime import datetime

from sqlalchemy import String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from service.tables.base import ROLES, WEBHOOK_STATES, Table, now, one_of


class TokenRow(Table):
    """Access for a person or a program. Only the SHA-256 of what was handed out is kept, as hex.

    `last_used_at` is right to the minute.
    """

    __tablename__ = "tokens"
    __table_args__ = (one_of("role", ROLES), UniqueConstraint("token_hash"))

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    role: Mapped[str] = mapped_column(String(16))
    token_hash: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(default=now)
    last_used_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]


class Webhook(Table):
    """Somebody who is told of events, by a signed POST to `url`. `events` are their kinds.

    Everything up to the event `last_event` has been told. A copy of the service that delivers holds
    the row until `leased_until`. `failures` counts tries in a row; after too many, or where the
    receiver is gone, the state is `disabled`. `said` is how the last try went, at `tried_at`.
    """

    __tablename__ = "webhooks"
    __table_args__ = (one_of("state", WEBHOOK_STATES),)

    id: Mapped[int] = mapped_column(primary_key=True)
    url: Mapped[str] = mapped_column(String(2000))
    events: Mapped[list[str]]
    secret: Mapped[str] = mapped_column(String(200))  # as it is: it signs, so a hash will not do
    state: Mapped[str] = mapped_column(String(16), default="active")
    last_event: Mapped[int]
    failures: Mapped[int] = mapped_column(default=0)
    leased_until: Mapped[datetime | None]
    next_try_at: Mapped[datetime | None]
    tried_at: Mapped[datetime | None]
    said: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(default=now)
