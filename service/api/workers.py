"""/v1/workers: who trains, on what, and whether they are still heard of."""

from fastapi import APIRouter

from service.deps import PlaceOf, Reading, SettingsOf
from service.store import plans, workers
from service.tables import now
from service.views import Listing, WorkerView

router = APIRouter(prefix="/v1/workers", tags=["workers"])


@router.get("", summary="List workers, newest first")
def list_workers(session: Reading, settings: SettingsOf, place: PlaceOf) -> Listing[WorkerView]:
    page = workers.listed(session, cursor=place.cursor, limit=place.limit)
    ids = [worker.id for worker in page.items]
    held, chosen = workers.holding(session, ids), plans.of_workers(session, ids)
    alive_since = now() - settings.silence
    return Listing(
        items=[
            WorkerView(
                id=worker.id,
                name=worker.name,
                device=worker.device,
                version=worker.version,
                slots=worker.slots,
                state="online" if worker.last_seen_at >= alive_since else "lost",
                trials=held[worker.id],
                plan=chosen.get(worker.id),
                first_seen_at=worker.first_seen_at,
                last_seen_at=worker.last_seen_at,
            )
            for worker in page.items
        ],
        next=page.next,
    )
