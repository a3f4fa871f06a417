"""Errors of the service, and the JSON they become.

ServiceError            status, code, a sentence, and the fields it is about
├── Invalid             422  the request's content is wrong; `fields` says where
├── NotFound            404  nobody has this
├── Conflict            409  the thing is in a state that does not allow this
│   └── LeaseLost       409  the lease has expired, ended or been taken over
├── Unauthorized        401  the token is missing or wrong
├── Forbidden           403  the token's role, or where the request comes from, does not allow it
├── TooLarge            413  the request's body is too large
├── Misdirected         421  an open service was asked by a name that is not its own
└── Unavailable         503  the database does not answer
BadSettings             the service cannot start with these settings
"""

import math
from collections.abc import Iterable
from typing import Any, ClassVar

from pydantic import ValidationError

from trainer.recipe import Problem


class ServiceError(Exception):
    """Base of what the API answers with; `detail` is a sentence that says what to do next."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "internal"

    def __init__(self, detail: str, fields: Iterable[Problem] = ()) -> None:
        self.detail = detail
        self.fields = list(fields)
        super().__init__(detail)

    def body(self) -> dict[str, Any]:
        """`{"error", "detail", "fields"}` of DESIGN §5."""
        return {
            "error": self.code,
            "detail": as_text(self.detail),
            "fields": [
                {
                    "field": as_text(p.field),
                    "message": as_text(p.message),
                    "nearest": list(p.nearest),
                }
                | ({} if p.value is None else {"value": _shown(p.value)})
                for p in self.fields
            ],
        }


class Invalid(ServiceError):
    """The first problem is the sentence; all of them are in `fields`."""

    status = 422
    code = "invalid"

    def __init__(self, fields: Iterable[Problem]) -> None:
        found = list(fields)
        more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
        super().__init__(f"{found[0]}{more}", found)


class NotFound(ServiceError):
    """There is no such study, trial, lease, worker or page."""

    status = 404
    code = "not_found"

    def __init__(self, kind: str, key: object) -> None:
        super().__init__(f"there is no {kind} {key}")


class Conflict(ServiceError):
    """The request is well formed but does not fit the state of what it is about."""

    status = 409
    code = "conflict"


class LeaseLost(Conflict):
    """The lease has expired, ended or been taken over; nothing was changed. Claim anew."""

    code = "lease_lost"


class Unauthorized(ServiceError):
    """The token is missing, unknown, revoked or expired."""

    status = 401
    code = "unauthorized"


class Forbidden(ServiceError):
    """The token is known, but its role does not allow this; or another site's page asks for it."""

    status = 403
    code = "forbidden"


class Unavailable(ServiceError):
    """The database does not answer at the moment; nothing was changed. Try again."""

    status = 503
    code = "unavailable"


class TooLarge(ServiceError):
    """The request's body is larger than the service takes."""

    status = 413
    code = "too_large"


class Misdirected(ServiceError):
    """The service is open to its own machine, and was asked by a name that anybody may have."""

    status = 421
    code = "misdirected"


class BadSettings(ValueError):
    """The service cannot start with these settings; the message names variable and value."""

    def __init__(self, error: ValidationError) -> None:
        super().__init__("\n".join(_setting(detail) for detail in error.errors()))


SECRETS = ("SITTER_TOKEN", "SITTER_DATABASE_URL")  # may hold a password; never repeated


def _setting(detail: Any) -> str:
    message = detail["msg"].removeprefix("Value error, ")
    if not detail["loc"]:
        return str(message)
    name = f"SITTER_{str(detail['loc'][0]).upper()}"
    return f"{name}: {message}" if name in SECRETS else f"{name}={detail['input']}: {message}"


def as_text(text: str) -> str:
    """JSON may hold half a surrogate pair, which no encoding can write: shown as its number."""
    return text.encode("utf-8", "backslashreplace").decode()


def _shown(value: Any) -> Any:
    """Scalars as they are; anything larger only by its beginning."""
    if isinstance(value, bool | int) or (isinstance(value, float) and math.isfinite(value)):
        return value
    text = as_text(value if isinstance(value, str) else repr(value))
    return text if len(text) <= 200 else text[:200] + "…"
