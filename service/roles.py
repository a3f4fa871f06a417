"""Who may do what: a token's role, and what each request needs.

admin                everything
├── submitter        reads, and submits and changes studies and trials
├── worker           reads, and claims and trains trials
└── viewer           reads, and tries drafts; what tokens and webhooks there are is for admins alone
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from service.errors import Forbidden
from service.tables import Role, now

READS = frozenset({"GET", "HEAD", "OPTIONS"})
ADMINS = ("/v1/tokens", "/v1/webhooks")
DRAFTS = ("/v1/drafts",)  # a POST that says what a study would be, and keeps nothing
WORKERS = ("/v1/claims", "/v1/leases")
LONGEST_PATH = 200  # characters of a path that a refusal repeats

Source = Literal["open", "setting", "token"]


@dataclass(frozen=True)
class Grant:
    """What somebody may do, and why: the service is open, SITTER_TOKEN, or a token made here.

    `key` is the token's SHA-256, empty for the others; `by_cookie` where a browser is signed in.
    """

    role: Role
    source: Source
    name: str = ""
    key: str = ""
    expires_at: datetime | None = None
    by_cookie: bool = False

    @property
    def expired(self) -> bool:
        """Whether its time is over."""
        return self.expires_at is not None and self.expires_at <= now()


EVERYBODY = Grant("admin", "open")


def needed(method: str, path: str) -> Role:
    """The least role that this request takes; an admin's always does."""
    if _is_under(path, ADMINS):
        return "admin"
    if method in READS or _is_under(path, DRAFTS):
        return "viewer"
    return "worker" if _is_under(path, WORKERS) else "submitter"


def refuse(role: Role, method: str, path: str) -> None:
    """Raises Forbidden where the role does not allow this request."""
    least = needed(method, path)
    if role != "admin" and least not in ("viewer", role):
        about = f"{method} {path[:LONGEST_PATH]}"
        raise Forbidden(f"this token is {owner(role)}; {about} needs {owner(least)}")


def owner(role: str) -> str:
    """a viewer's, an admin's."""
    return f"{'an' if role[0] in 'aeiou' else 'a'} {role}'s"


def _is_under(path: str, places: tuple[str, ...]) -> bool:
    return any(path == place or path.startswith(f"{place}/") for place in places)
