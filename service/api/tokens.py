"""/v1/tokens: who may use the service. Admins only."""

from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Response
from pydantic import ConfigDict, Field

from service.deps import DatabaseOf, GrantsOf, Id, PlaceOf, Reading
from service.fields import Wire
from service.store import tokens
from service.study import Words
from service.tables import Role
from service.views import Listing, View

router = APIRouter(prefix="/v1/tokens", tags=["access"])

MOST_DAYS = 3650


class TokenRequest(Wire):
    """A token to make: whose it is, what it may do, and for how long."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"example": {"name": "gpu-3", "role": "worker", "days": 90}},
    )

    name: Annotated[Words, Field(min_length=1, max_length=200)]
    role: Role
    days: int | None = Field(
        default=None, ge=1, le=MOST_DAYS, description="Days until it expires; null: never."
    )


class TokenView(View):
    """A token, without its text. `last_used_at` is right to the minute."""

    id: int
    name: str
    role: Role
    created_at: datetime
    last_used_at: datetime | None
    expires_at: datetime | None


class NewToken(TokenView):
    """A token that was just made; its text is told this once."""

    token: str


@router.post("", status_code=201, summary="Make a token; its text is told this once")
def create(database: DatabaseOf, wanted: TokenRequest, response: Response) -> NewToken:
    lasts = None if wanted.days is None else timedelta(days=wanted.days)
    with database.writing() as session:
        row, text = tokens.create(session, wanted.name, wanted.role, lasts)
        view = TokenView.model_validate(row)
    response.headers["Cache-Control"] = "no-store"
    return NewToken(**view.model_dump(), token=text)


@router.get("", summary="List tokens, newest first")
def list_tokens(session: Reading, place: PlaceOf) -> Listing[TokenView]:
    page = tokens.listed(session, cursor=place.cursor, limit=place.limit)
    return Listing(items=[TokenView.model_validate(row) for row in page.items], next=page.next)


@router.delete("/{token_id}", status_code=204, summary="Revoke a token")
def revoke(database: DatabaseOf, grants: GrantsOf, token_id: Id) -> Response:
    """It is refused from now on; where several copies of the service run, by all in 5 seconds."""
    with database.writing() as session:
        token_hash = tokens.revoke(session, token_id)
    grants.forget(token_hash)
    return Response(status_code=204)
