"""What the templates of `/access` and `/login` may see."""

from dataclasses import dataclass


@dataclass(frozen=True)
class RoleLine:
    """A role and what it may do."""

    role: str
    may: str


@dataclass(frozen=True)
class TokenLine:
    """A token; `used` and `expires` in words, `expired` where it is refused already."""

    id: int
    name: str
    role: str
    created: str
    used: str
    expires: str
    expired: bool


@dataclass(frozen=True)
class WebhookLine:
    """A webhook; `state` is working, failing, disabled or new. `said` is how its last try went, at
    `tried`.
    """

    id: int
    url: str
    events: str
    state: str
    tried: str
    said: str


@dataclass(frozen=True)
class Happening:
    """A kind of event that a webhook may ask for; `chosen` before anybody has chosen."""

    kind: str
    text: str
    chosen: bool


@dataclass(frozen=True)
class AccessPage:
    """`/access`. `name` is the token that the reader came with, empty where none is asked for;
    `may` says what they may do. Only an admin is shown tokens and webhooks.
    """

    answer: str
    name: str
    may: str
    admin: bool
    signed_in: bool
    roles: tuple[RoleLine, ...]
    lifetimes: tuple[tuple[str, str], ...]
    tokens: tuple[TokenLine, ...]
    next: str | None
    webhooks: tuple[WebhookLine, ...]
    happenings: tuple[Happening, ...]


@dataclass(frozen=True)
class LoginPage:
    """`/login`. `next` is where to go on; `refused` says why the last token did not do.

    `again`: the browser came from another site and kept its cookie back; it asks once more.
    """

    next: str
    refused: str
    again: bool
