"""/v1/webhooks: who is told of what happens, by a signed POST. Admins only.

Requests are signed as Standard Webhooks (standardwebhooks.com) says; its libraries check them.
"""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Response
from pydantic import AfterValidator, ConfigDict, Field

from service import webhooks as delivery
from service.deps import DatabaseOf, Id, PlaceOf, Reading
from service.fields import Wire
from service.posting import checked_url, new_secret, secret_bytes
from service.store import webhooks
from service.store.rows import found
from service.tables import Webhook
from service.views import Listing, View

router = APIRouter(prefix="/v1/webhooks", tags=["access"])


def _secret(text: str) -> str:
    secret_bytes(text)
    return text


class WebhookRequest(Wire):
    """Who to tell, and of what. Without `secret` one is made."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {
                "url": "https://chat.example.org/hooks/sitter",
                "events": ["study_complete", "trial_infeasible"],
            }
        },
    )

    url: Annotated[str, Field(max_length=2000), AfterValidator(checked_url)]
    events: list[delivery.Kind] = Field(min_length=1, max_length=len(delivery.KINDS))
    secret: Annotated[str, Field(max_length=200), AfterValidator(_secret)] | None = Field(
        default=None, description="`whsec_` and base64 of 24 to 64 bytes, which sign what is sent."
    )


class WebhookView(View):
    """A webhook, without its secret. `said` is how the last try went, at `tried_at`."""

    id: int
    url: str
    events: list[str]
    state: str
    last_event: int = Field(description="Everything up to this event has been told.")
    failures: int = Field(description="Tries in a row that failed.")
    said: str | None
    tried_at: datetime | None
    next_try_at: datetime | None
    created_at: datetime


class NewWebhook(WebhookView):
    """A webhook that was just made; its secret is told this once."""

    secret: str


@router.post("", status_code=201, summary="Tell somebody of events; the secret is told this once")
def create(database: DatabaseOf, wanted: WebhookRequest, response: Response) -> NewWebhook:
    kinds = list(dict.fromkeys(wanted.events))
    with database.writing() as session:
        row = webhooks.create(session, wanted.url, kinds, wanted.secret or new_secret())
        view = NewWebhook.model_validate(row)
    response.headers["Cache-Control"] = "no-store"
    return view


@router.get("", summary="List webhooks, newest first")
def list_webhooks(session: Reading, place: PlaceOf) -> Listing[WebhookView]:
    page = webhooks.listed(session, cursor=place.cursor, limit=place.limit)
    return Listing(items=[WebhookView.model_validate(row) for row in page.items], next=page.next)


@router.post("/{webhook_id}/test", summary="Send a test now, and say how it went")
def send_test(database: DatabaseOf, webhook_id: Id) -> WebhookView:
    """A test that arrives opens a disabled webhook again; deliveries go on where they stopped."""
    return WebhookView.model_validate(delivery.test(database, webhook_id))


@router.delete("/{webhook_id}", status_code=204, summary="Tell no more")
def delete(database: DatabaseOf, webhook_id: Id) -> Response:
    with database.writing() as session:
        session.delete(found(session, Webhook, webhook_id))
    return Response(status_code=204)
