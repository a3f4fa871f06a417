"""`/login` and `/logout`: a browser shows its token once, and keeps a cookie for it."""

import logging
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs

from fastapi import Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse

from service.dashboard import words
from service.dashboard.access_views import LoginPage
from service.dashboard.room import router_of
from service.dashboard.templating import page
from service.deps import GrantsOf
from service.sessions import COOKIE, LASTS

log = logging.getLogger("sitter.service")

LONGEST = 10_000  # bytes of the form; a token has some fifty
UNKNOWN = "This token is not known, or its time is over."
TOO_LONG = "This is too long for a token; nothing of it was looked at."
TOO_OFTEN = "Too many tries from this address. Try again in {}."

router = router_of()


@router.get("/login")
def sign_in_page(request: Request, next: str = "/") -> Response:
    if request.state.grant is not None:
        return RedirectResponse(local(next), status_code=303)
    again = request.headers.get("sec-fetch-site") == "cross-site"
    return page("login.html", LoginPage(local(next), "", again))


@router.post("/login")
async def sign_in(request: Request, grants: GrantsOf) -> Response:
    form = await _form(request)
    if form is None:
        return _refused("/", TOO_LONG, 413)
    given, address = _fields(form), request.client.host if request.client else "?"
    key, wanted = grants.key(given.get("token", "").strip()), local(given.get("next", "/"))
    if wait := request.app.state.tries.wait(address):
        said = TOO_OFTEN.format(words.counted(wait, "second"))
        return _refused(wanted, said, 429, {"Retry-After": str(wait)})
    if await run_in_threadpool(grants.of, key) is None:
        log.warning("a sign-in was refused: %s", address)
        return _refused(wanted, UNKNOWN, 401, {"WWW-Authenticate": 'Bearer realm="Sitter"'})
    return _signed_in(request, key, wanted)


def _signed_in(request: Request, key: str, wanted: str) -> Response:
    reply = RedirectResponse(wanted, status_code=303)
    if request.app.state.sessions is not None:
        reply.set_cookie(COOKIE, request.app.state.sessions.sealed(key), **_kept(request))
    return reply


@router.post("/logout")
async def sign_out() -> Response:
    reply = RedirectResponse("/login", status_code=303)
    reply.delete_cookie(COOKIE)
    return reply


def local(target: str) -> str:
    """A place on this service; the first page where it is anything else."""
    ours = target.startswith("/") and target[1:2] not in ("/", "\\") and target.isprintable()
    return target if ours else "/"


def _kept(request: Request) -> dict[str, Any]:
    """Not for scripts, not for other sites' pages, and over TLS where it came over TLS."""
    return {
        "max_age": int(LASTS.total_seconds()),
        "httponly": True,
        "samesite": "strict",
        "secure": request.url.scheme == "https",
    }


def _refused(
    wanted: str, said: str, status: int, headers: Mapping[str, str] | None = None
) -> Response:
    """The form again, with why the last one did not do."""
    again = page("login.html", LoginPage(wanted, said, again=False), status=status)
    again.headers.update(headers or {})
    return again


async def _form(request: Request) -> bytes | None:
    """The body; None where it is longer than LONGEST, of which no more than that is held."""
    body = bytearray()
    async for part in request.stream():
        if len(body) + len(part) > LONGEST:
            return None
        body += part
    return bytes(body)


def _fields(body: bytes) -> dict[str, str]:
    try:
        found = parse_qs(body.decode(), max_num_fields=8)
    except ValueError:
        return {}
    return {name: values[0] for name, values in found.items()}
