"""Access: where SITTER_TOKEN is set, every request must show a token, but for the probes, the
pages' own scripts and styles, and signing in.

A program sends `Authorization: Bearer <token>`; a browser signs in at `/login` and keeps a cookie,
or gives the token as a password (HTTP Basic, any user name). What a browser would send by itself
for another site's page changes nothing here. Without SITTER_TOKEN everybody on this machine may do
everything, so only this machine's own names are answered to: a site may give its name our address.
"""

import base64
import binascii
from dataclasses import replace
from http.cookies import CookieError, SimpleCookie
from urllib.parse import quote

from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse
from sqlalchemy.exc import DBAPIError
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from service import roles
from service.errors import Forbidden, Misdirected, ServiceError, Unauthorized, Unavailable
from service.grants import Grants
from service.replies import error_reply
from service.roles import READS, Grant
from service.sessions import COOKIE, Sessions

PROBES = frozenset({"/healthz", "/readyz"})
FILES = ("/static/", "/assets/")  # of the package: nobody's secrets, and the sign-in page's style
DOORS = frozenset({"/login", "/logout"})
API = ("/v1/", "/metrics", "/openapi.json")  # answers there are JSON, for whoever asks
OWN_NAMES = ("localhost", "127.0.0.1", "[::1]")  # nobody else can make these lead to their page
LONGEST_NAME = 100  # characters of a name that a refusal repeats
OURS = ("same-origin", "none")  # Sec-Fetch-Site: our own page, or typed by the user
CHALLENGE = 'Basic realm="Sitter: the password is the token"'
QUIET_CHALLENGE = 'Bearer realm="Sitter"'  # a browser asks nothing in the middle of a page


class TokenGate:
    """ASGI middleware: says who asks (`request.state.grant`), and lets them do what they may."""

    def __init__(self, app: ASGIApp, grants: Grants, sessions: Sessions | None, host: str) -> None:
        self.app = app
        self.grants = grants
        self.sessions = sessions
        self.names = own_names(host)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or _is_open(scope["path"]):
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        try:
            grant = await self._admitted(scope, headers)
        except ServiceError as error:
            await _refusal(error, scope, headers)(scope, receive, send)
            return
        scope.setdefault("state", {})["grant"] = grant
        await self.app(scope, receive, send)

    async def _admitted(self, scope: Scope, headers: Headers) -> Grant | None:
        """Who asks; None at a door. Raises ServiceError where they may not."""
        if self.grants.everybody is not None:
            _refuse_other_names(headers.get("host", ""), self.names)
        grant = await self._granted(headers)
        _refuse_strangers(grant, scope, headers)
        if scope["path"] in DOORS:
            return grant
        if grant is None:
            raise Unauthorized(
                "this service needs a token: send `Authorization: Bearer <token>`, or set "
                "SITTER_TOKEN for the command and the workers"
            )
        roles.refuse(grant.role, scope["method"], scope["path"])
        return grant

    async def _granted(self, headers: Headers) -> Grant | None:
        if self.grants.everybody is not None:
            return self.grants.everybody
        given = _given(headers.get("authorization", ""))
        if given:
            return await self._looked_up(self.grants.key(given))
        key = self._session(headers)
        grant = await self._looked_up(key) if key else None
        return None if grant is None else replace(grant, by_cookie=True)

    async def _looked_up(self, key: str) -> Grant | None:
        known, grant = self.grants.remembered(key)
        if known:
            return grant
        try:
            return await run_in_threadpool(self.grants.of, key)
        except DBAPIError as error:
            raise Unavailable("the database does not answer; nothing was changed") from error

    def _session(self, headers: Headers) -> str | None:
        try:
            cookie = SimpleCookie(headers.get("cookie", "")).get(COOKIE)
        except CookieError:
            return None
        return self.sessions.opened(cookie.value) if cookie and self.sessions else None


def _is_open(path: str) -> bool:
    return path in PROBES or path.startswith(FILES)


def own_names(host: str) -> tuple[str, ...]:
    """What an open service that listens on `host` is called, as a Host header says it."""
    named = f"[{host}]" if ":" in host else host
    return tuple(dict.fromkeys((*OWN_NAMES, named.lower())))


def _refuse_other_names(given: str, names: tuple[str, ...]) -> None:
    """A site may let its name mean 127.0.0.1 once its page is open (DNS rebinding); the browser
    then takes us for that site, and its page for ours. The Host header still has its name.
    """
    name, colon, port = given.rpartition(":")
    host = name if colon and port.isdecimal() else given
    if host.lower() not in names:
        listed = ", ".join(names)
        raise Misdirected(
            f"without a token this service answers only to {listed}, and was asked as "
            f"{given[:LONGEST_NAME]!r}; use one of these, or set SITTER_TOKEN"
        )


def _refuse_strangers(grant: Grant | None, scope: Scope, headers: Headers) -> None:
    """A browser sends cookies and passwords, and reaches loopback, for any site's page: what such a
    page asks for must not change anything. Programs send neither header; Bearer is never automatic.
    """
    if scope["method"] in READS or headers.get("authorization", "").lower().startswith("bearer "):
        return
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    if site is not None:
        ours = site in OURS
    elif origin is not None:
        ours = origin.partition("://")[2] == headers.get("host")
    else:
        ours = not (grant and grant.by_cookie)
    if not ours:
        raise Forbidden("a page of another site asked for this; nothing was changed")


def _refusal(error: ServiceError, scope: Scope, headers: Headers) -> Response:
    """A page for whoever opens one in a browser, else JSON."""
    path, query = scope["path"], scope["query_string"].decode("latin-1")
    navigates = headers.get("sec-fetch-mode", "navigate") == "navigate"
    unknown = isinstance(error, Unauthorized)
    if unknown and navigates and _wants_page(scope["method"], path, headers):
        wanted = path + (f"?{query}" if query else "")
        return RedirectResponse(f"/login?next={quote(wanted, safe='/')}", status_code=303)
    reply = error_reply(error)
    if unknown:
        reply.headers["WWW-Authenticate"] = CHALLENGE if navigates else QUIET_CHALLENGE
    return reply


def _wants_page(method: str, path: str, headers: Headers) -> bool:
    return method in READS and "text/html" in headers.get("accept", "") and not path.startswith(API)


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
