"""What each token allows, kept in memory for a few seconds: a request of a worker reads no SQL.

A revoked token is refused at once by the copy of the service that revoked it, and by the others
when what they keep has grown old.
"""

import logging
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass
from typing import cast

from fastapi.concurrency import run_in_threadpool
from sqlalchemy.exc import SQLAlchemyError

from service.db import Database
from service.roles import EVERYBODY, Grant
from service.store import tokens
from service.tables import Role, TokenRow

log = logging.getLogger("sitter.service")

KEPT_SECONDS = 5.0
MOST_KEPT = 1024  # tokens, known and unknown ones, those asked for last
FIRST = "first"  # stands for SITTER_TOKEN's hash, which is nobody's business


@dataclass(frozen=True)
class _Kept:
    grant: Grant | None
    until: float


class Grants:
    """Threads may share it. `token` is SITTER_TOKEN, None where everybody may do everything."""

    def __init__(self, database: Database, token: str | None) -> None:
        self.everybody = EVERYBODY if token is None else None
        self._database = database
        self._first = None if token is None else tokens.hashed(token)
        self._kept: OrderedDict[str, _Kept] = OrderedDict()
        self._forgotten = 0  # tokens revoked here; what was read before the last is not kept
        self._lock = threading.Lock()

    def key(self, token: str) -> str:
        """What a token is looked up by. Hashed first, so that time tells nothing of the token."""
        digest = tokens.hashed(token)
        return FIRST if digest == self._first else digest

    def remembered(self, key: str) -> tuple[bool, Grant | None]:
        """Whether it is in memory, and what it allows; no SQL."""
        if key == FIRST:
            return True, Grant("admin", "setting", "SITTER_TOKEN", FIRST)
        with self._lock:
            kept = self._kept.get(key)
        if kept is None or kept.until < time.monotonic():
            return False, None
        return True, None if kept.grant is None or kept.grant.expired else kept.grant

    def of(self, key: str) -> Grant | None:
        """What it allows, from memory or SQL; None for one that nobody has."""
        known, grant = self.remembered(key)
        return grant if known else self._read(key)

    async def still(self, grant: Grant) -> bool:
        """Whether a grant of a while ago is good yet; for replies that go on for long."""
        if not grant.key:
            return True
        known, now = self.remembered(grant.key)
        return (now if known else await run_in_threadpool(self._read, grant.key)) is not None

    def forget(self, key: str) -> None:
        """The token was revoked here."""
        with self._lock:
            self._forgotten += 1
            self._kept.pop(key, None)

    def _read(self, key: str) -> Grant | None:
        forgotten = self._forgotten
        with self._database.reading() as session:
            row = tokens.known(session, key)
        grant = None if row is None else _grant(row)
        self._keep(key, grant, forgotten)
        if row is None or grant is None or grant.expired:
            return None
        if tokens.use_is_news(row.last_used_at):
            self._note_use(row.id)
        return grant

    def _keep(self, key: str, grant: Grant | None, forgotten: int) -> None:
        """Unless a token was revoked since it was read: this one may have been."""
        with self._lock:
            if forgotten != self._forgotten:
                return
            self._kept[key] = _Kept(grant, time.monotonic() + KEPT_SECONDS)
            self._kept.move_to_end(key)
            while len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)

    def _note_use(self, token_id: int) -> None:
        try:
            with self._database.writing() as session:
                tokens.used(session, token_id)
        except SQLAlchemyError:  # no reason to refuse a request
            log.warning("could not note that token %d is used", token_id, exc_info=True)


def _grant(row: TokenRow) -> Grant:
    return Grant(cast(Role, row.role), "token", row.name, row.token_hash, row.expires_at)
