"""Tokens: made, listed, revoked, and looked up by what was handed out."""

import hashlib
import secrets
from datetime import datetime, timedelta

from sqlalchemy import func, or_, select, update
from sqlalchemy.orm import Session

from service.store.paging import Page, page
from service.store.rows import found
from service.tables import Role, TokenRow, now

PREFIX = "sitter_"  # so that people and scanners know what they have found
RANDOM_BYTES = 32
USE_NOTED = timedelta(minutes=1)  # how often, at most, that a token was used is written


def hashed(token: str) -> str:
    """SHA-256 as hex: a random token of 32 bytes needs no salt and no slow hash."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def create(
    session: Session, name: str, role: Role, lasts: timedelta | None
) -> tuple[TokenRow, str]:
    """A new token and, this once, its text."""
    text = PREFIX + secrets.token_urlsafe(RANDOM_BYTES)
    at = now()
    row = TokenRow(
        name=name,
        role=role,
        token_hash=hashed(text),
        created_at=at,
        expires_at=None if lasts is None else at + lasts,
    )
    session.add(row)
    session.flush()
    return row, text


def listed(session: Session, *, cursor: str | None, limit: int) -> Page[TokenRow]:
    """Newest first."""
    query = select(TokenRow)
    return page(
        session, query, TokenRow.id, TokenRow.id, descending=True, cursor=cursor, limit=limit
    )


def valid(session: Session) -> dict[str, int]:
    """How many tokens of each role can be used now."""
    alive = or_(TokenRow.expires_at.is_(None), TokenRow.expires_at > now())
    query = select(TokenRow.role, func.count()).where(alive).group_by(TokenRow.role)
    return {str(role): int(number) for role, number in session.execute(query)}


def revoke(session: Session, token_id: int) -> str:
    """Remove a token; its hash, so that whoever remembers it can forget it. Raises NotFound."""
    row = found(session, TokenRow, token_id)
    session.delete(row)
    return row.token_hash


def known(session: Session, token_hash: str) -> TokenRow | None:
    """The token with this hash, expired or not."""
    return session.scalars(select(TokenRow).where(TokenRow.token_hash == token_hash)).first()


def use_is_news(last_used_at: datetime | None) -> bool:
    """Whether that a token is used now should be written."""
    return last_used_at is None or now() - last_used_at >= USE_NOTED


def used(session: Session, token_id: int) -> None:
    """The token is used now."""
    session.execute(update(TokenRow).where(TokenRow.id == token_id).values(last_used_at=now()))
