"""What a handler asks for: the settings, the database, a page's place.

Those that do no work are `async`, since FastAPI sends a plain function to a thread and back.
"""

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Annotated, TypeVar

from fastapi import Depends, Header, Query, Request
from fastapi import Path as PathParam
from sqlalchemy.orm import Session

from service.dashboard.census import Censuses
from service.dashboard.tallies import Tallies
from service.db import Database
from service.errors import Invalid
from service.grants import Grants
from service.roles import Grant
from service.settings import Settings
from service.shelf import Shelf
from trainer.recipe import Problem

Kept = TypeVar("Kept")


def _kept(kind: type[Kept], name: str) -> Callable[[Request], Awaitable[Kept]]:
    """What `create_app` has left under that name, to be asked for by a handler."""

    async def kept(request: Request) -> Kept:
        found = getattr(request.app.state, name)
        assert isinstance(found, kind)
        return found

    return kept


_settings = _kept(Settings, "settings")
_database = _kept(Database, "database")


def _reading(database: Annotated[Database, Depends(_database)]) -> Iterator[Session]:
    with database.reading() as session:
        yield session


async def _grant(request: Request) -> Grant:
    grant = request.state.grant
    assert isinstance(grant, Grant)
    return grant


async def _shelf(settings: Annotated[Settings, Depends(_settings)]) -> Shelf:
    return Shelf(settings.artifacts_url)


@dataclass(frozen=True)
class Place:
    """Where a page begins and how long it is."""

    cursor: str | None
    limit: int


async def _place(
    settings: Annotated[Settings, Depends(_settings)],
    cursor: Annotated[str | None, Query(description="`next` of the page before.")] = None,
    limit: Annotated[int, Query(ge=1, description="Rows in the page.")] = 100,
) -> Place:
    if limit > settings.page_limit:
        raise Invalid([Problem("limit", limit, f"{limit} is above {settings.page_limit}")])
    return Place(cursor, limit)


Id = Annotated[int, PathParam(ge=1, lt=2**31)]  # as SQL's integer
OptionalId = Annotated[int | None, Query(ge=0, lt=2**31)]
SettingsOf = Annotated[Settings, Depends(_settings)]
DatabaseOf = Annotated[Database, Depends(_database)]
Reading = Annotated[Session, Depends(_reading)]
CensusesOf = Annotated[Censuses, Depends(_kept(Censuses, "censuses"))]
GrantsOf = Annotated[Grants, Depends(_kept(Grants, "grants"))]
GrantOf = Annotated[Grant, Depends(_grant)]  # who asks
TalliesOf = Annotated[Tallies, Depends(_kept(Tallies, "tallies"))]
ShelfOf = Annotated[Shelf, Depends(_shelf)]
PlaceOf = Annotated[Place, Depends(_place)]
LeaseToken = Annotated[str, Header(alias="Lease-Token", description="The claim's token.")]
