"""Errors on pages: a designed page where a browser asked for one, JSON for everybody else."""

import inspect
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException
from starlette.types import HTTPExceptionHandler

from service.dashboard.templating import page
from service.dashboard.views import ErrorPage
from service.errors import Invalid, ServiceError

API = ("/v1/", "/healthz", "/readyz", "/metrics", "/openapi.json")

LONGEST = 80  # characters of an odd value that are told
NOTHING = ErrorPage(
    404, "Nothing is here", "The address may be mistyped, or what it showed has been deleted."
)
FAILED = ErrorPage(
    500, "This page failed", "The service's log has the cause. Nothing was changed; try again."
)


def install(app: FastAPI) -> None:
    """Put pages before the JSON answers that are already installed."""
    for kind in (ServiceError, RequestValidationError, HTTPException, Exception):
        app.add_exception_handler(kind, _designed(app.exception_handlers[kind]))


def _designed(answer: Any) -> HTTPExceptionHandler:
    async def reply(request: Request, error: Exception) -> Response:
        plain = answer(request, error)
        if inspect.isawaitable(plain):
            plain = await plain
        assert isinstance(plain, Response)
        if not _wants_page(request):
            return plain
        view = _view(error, plain.status_code)
        return page("error.html", view, view.status)

    return reply


def _wants_page(request: Request) -> bool:
    accepts = request.headers.get("accept", "")
    return "text/html" in accepts and not request.url.path.startswith(API)


def _odd_address(error: RequestValidationError) -> ErrorPage:
    """Which part of the address means nothing here."""
    wrong = error.errors()[0]
    name, given = str(wrong["loc"][-1]), str(wrong.get("input"))
    shown = given if len(given) <= LONGEST else f"{given[:LONGEST]}…"
    said = f"`{name}={shown}` in the address: {wrong['msg'][:1].lower()}{wrong['msg'][1:]}."
    return ErrorPage(404, NOTHING.title, f"{said} Take it out of the address, or go back.")


def _view(error: Exception, status: int) -> ErrorPage:
    if isinstance(error, RequestValidationError):
        return _odd_address(error)
    if isinstance(error, Invalid) or status == NOTHING.status:
        detail = error.detail if isinstance(error, ServiceError) else ""
        said = f"{detail[:1].upper()}{detail[1:]}. {NOTHING.answer}" if detail else NOTHING.answer
        return ErrorPage(404, NOTHING.title, said)
    if status < FAILED.status:
        return ErrorPage(status, "This page cannot be shown", f"The service answered {status}.")
    return FAILED
