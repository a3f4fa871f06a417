"""How errors leave the service, and what every reply carries."""

import logging
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from sqlalchemy.exc import DBAPIError, OperationalError
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from diagnostics.parts import did_you_mean, nearest
from service.errors import Invalid, ServiceError, TooLarge, Unavailable
from trainer.recipe import Problem

log = logging.getLogger("sitter.service")

HEADERS = {
    # Plotly sets style attributes; no script but our own files runs, and no other host is asked.
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data: blob:; connect-src 'self'; font-src 'self'; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


def error_reply(error: ServiceError) -> JSONResponse:
    """The error as `{"error", "detail", "fields"}` with its status."""
    return JSONResponse(error.body(), status_code=error.status)


def ready(answer: BaseModel) -> Response:
    """An answer that is valid already: FastAPI need not check it once more in a thread."""
    return Response(answer.model_dump_json(), media_type="application/json")


def install(app: FastAPI) -> None:
    """Answer every kind of error in our form."""
    app.add_exception_handler(ServiceError, _service_error)
    app.add_exception_handler(RequestValidationError, _refused)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(DBAPIError, _database_error)
    app.add_exception_handler(Exception, _unforeseen)


class Envelope:
    """ASGI middleware: our headers on every reply, and no request body above the limit."""

    def __init__(self, app: ASGIApp, max_bytes: int) -> None:
        self.app = app
        self.max_bytes = max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        received = 0

        async def counted() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > self.max_bytes:
                raise TooLarge(f"the request is larger than {self.max_bytes} bytes")
            return message

        async def dressed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self.app(scope, counted, dressed)


async def _service_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, ServiceError)
    return error_reply(error)


async def _refused(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    return error_reply(Invalid([_problem(request, detail) for detail in error.errors()]))


async def _http_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    # FastAPI wraps whatever goes wrong while the body is read.
    if isinstance(error.__cause__, ServiceError):
        return error_reply(error.__cause__)
    if isinstance(error.__cause__, RecursionError):
        return error_reply(Invalid([Problem("body", None, "is nested too deeply")]))
    code = HTTPStatus(error.status_code).phrase.lower().replace(" ", "_")
    detail = str(error.detail)
    if error.status_code == HTTPStatus.NOT_FOUND:
        detail = f"there is nothing at {request.url.path}; the API is described at /openapi.json"
    body = {"error": code, "detail": detail, "fields": []}
    return JSONResponse(body, status_code=error.status_code, headers=error.headers)


async def _database_error(request: Request, error: Exception) -> JSONResponse:
    """A database that is away is asked again by clients; anything else is our own fault."""
    assert isinstance(error, DBAPIError)
    if error.connection_invalidated or isinstance(error, OperationalError):
        log.warning("the database does not answer: %s", error.orig)
        detail = "the database does not answer; nothing was changed; try again"
        return error_reply(Unavailable(detail))
    return await _unforeseen(request, error)


async def _unforeseen(request: Request, error: Exception) -> JSONResponse:
    log.error("%s %s failed", request.method, request.url.path, exc_info=error)
    detail = "the service failed; its log has the cause, and nothing was changed"
    return JSONResponse({"error": "internal", "detail": detail, "fields": []}, status_code=500)


def _problem(request: Request, detail: dict[str, Any]) -> Problem:
    place, *inside = (str(step) for step in detail["loc"])
    field = ".".join(inside)
    value = detail.get("input")
    if detail["type"] == "json_invalid":
        return Problem(place, None, f"is not JSON: {detail['ctx']['error']}")
    if detail["type"] == "extra_forbidden":
        known = _known_keys(request, inside[:-1])
        message = f"unknown key {inside[-1]!r}"
        message += f"; {did_you_mean(inside[-1], known)}" if known else ""
        return Problem(field, value, message, tuple(nearest(inside[-1], known)))
    if isinstance(value, bytes):
        return Problem(place, None, "is not read as JSON; send Content-Type: application/json")
    message = detail["msg"].removeprefix("Value error, ")
    shown = f" (given: {value!r})" if isinstance(value, str | int | float | bool) else ""
    return Problem(field or place, value, message[:1].lower() + message[1:] + shown)


def _known_keys(request: Request, path: Sequence[str]) -> list[str]:
    """Keys of the body model that the route takes, at `path` inside it."""
    field = getattr(request.scope.get("route"), "body_field", None)
    model: Any = field.field_info.annotation if field else None
    for step in path:
        if not step.isdigit() and _is_model(model) and step in model.model_fields:
            model = model.model_fields[step].annotation
            model = next((a for a in getattr(model, "__args__", ()) if _is_model(a)), model)
    return list(model.model_fields) if _is_model(model) else []


def _is_model(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)
