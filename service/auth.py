"""Access: where a token is set, every request must carry it, but for the health probes.

A program sends `Authorization: Bearer <token>`; a browser asks its user for a password, which is
the token (HTTP Basic, any user name).
"""

import base64
import binascii
import secrets

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from service.errors import Unauthorized
from service.replies import error_reply

OPEN = frozenset({"/healthz", "/readyz"})


class TokenGate:
    """ASGI middleware; None lets everybody in, which only loopback allows (see settings)."""

    def __init__(self, app: ASGIApp, token: str | None) -> None:
        self.app = app
        self.token = token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or self._admits(scope):
            await self.app(scope, receive, send)
            return
        reply = error_reply(Unauthorized("this service needs its token (SITTER_TOKEN)"))
        reply.headers["WWW-Authenticate"] = 'Basic realm="Sitter: the password is the token"'
        await reply(scope, receive, send)

    def _admits(self, scope: Scope) -> bool:
        if self.token is None or scope["path"] in OPEN:
            return True
        given = _given(Headers(scope=scope).get("authorization", ""))
        return secrets.compare_digest(given.encode(), self.token.encode())


def _given(header: str) -> str:
    scheme, _, value = header.partition(" ")
    if scheme.lower() == "bearer":
        return value.strip()
    if scheme.lower() == "basic":
        try:
            return base64.b64decode(value, validate=True).decode().partition(":")[2]
        except (binascii.Error, UnicodeDecodeError):
            return ""
    return ""
