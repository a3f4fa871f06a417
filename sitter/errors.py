"""Errors of the client.

SitterError             base; the message says what to do next
├── Unreachable         no service answers at that address
└── Refused             the service answered with an error: `status`, `code`, `fields`
    └── LeaseLost       the lease has expired, ended or been taken over: claim anew
"""

from typing import Any


class SitterError(Exception):
    """Base of what the client raises."""


class Unreachable(SitterError):
    """No service answers at that address."""

    def __init__(self, url: str, cause: Exception) -> None:
        super().__init__(
            f"no service answers at {url} ({cause}); start one with `sitter up`, "
            "or name another with --url or SITTER_URL"
        )


class Refused(SitterError):
    """The service answered with an error; `fields` says which fields it is about."""

    def __init__(self, status: int, code: str, detail: str, fields: list[dict[str, Any]]) -> None:
        self.status = status
        self.code = code
        self.fields = fields
        lines = [f"{f['field']}: {f['message']}" for f in fields]
        super().__init__("\n".join(lines) if len(lines) > 1 else detail)


class LeaseLost(Refused):
    """The lease has expired, ended or been taken over; nothing was changed."""
