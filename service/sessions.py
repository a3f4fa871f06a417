"""Signing in: how often one may try, and the cookie of a browser that has.

The cookie names its token, sealed so that nobody can make one. The seal's key is drawn from
SITTER_TOKEN, so that every copy of the service knows it, and slowly, so that a cookie does not help
to guess it. Another SITTER_TOKEN signs everybody out; a revoked or expired token ends its sessions
with it.
"""

import hashlib
import math
import threading
import time
from collections import OrderedDict, deque
from datetime import timedelta

from itsdangerous import BadSignature, TimestampSigner

COOKIE = "sitter_session"
LASTS = timedelta(days=14)
TRIES = 10  # from one address in TRIES_SECONDS
TRIES_SECONDS = 60.0
MOST_ADDRESSES = 1024  # remembered, those that tried last
COST = 2**14  # scrypt's n, with r = 8: 16 MB and some 50 ms, once (RFC 7914)


class Sessions:
    """Seals and opens cookies; `token` is SITTER_TOKEN."""

    def __init__(self, token: str) -> None:
        key = hashlib.scrypt(token.encode(), salt=b"sitter session", n=COST, r=8, p=1)
        self._signer = TimestampSigner(key, digest_method=hashlib.sha256)

    def sealed(self, key: str) -> str:
        """The cookie of whoever has just shown the token that `key` stands for."""
        return self._signer.sign(key).decode()

    def opened(self, cookie: str) -> str | None:
        """The key in a cookie; None where it is not ours or too old."""
        try:
            return self._signer.unsign(cookie, max_age=int(LASTS.total_seconds())).decode()
        except BadSignature:
            return None


class Tries:
    """When each address tried to sign in lately. Threads may share it."""

    def __init__(self) -> None:
        self._when: OrderedDict[str, deque[float]] = OrderedDict()
        self._lock = threading.Lock()

    def wait(self, address: str) -> int:
        """Notes a try: 0, or where it is one too many the whole seconds until the next may come."""
        now = time.monotonic()
        with self._lock:
            when = self._when.setdefault(address, deque(maxlen=TRIES))
            self._when.move_to_end(address)
            while len(self._when) > MOST_ADDRESSES:
                self._when.popitem(last=False)
            if len(when) == TRIES and now - when[0] < TRIES_SECONDS:
                return math.ceil(when[0] + TRIES_SECONDS - now)
            when.append(now)
        return 0
