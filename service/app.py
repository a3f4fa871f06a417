"""The application: settings in, ASGI app out."""

import logging
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version

from fastapi import FastAPI
from sqlalchemy.exc import SQLAlchemyError

from service import api, dashboard, replies, schema
from service.auth import TokenGate
from service.compression import Compressed
from service.dashboard.census import Censuses
from service.dashboard.tallies import Tallies
from service.db import Database
from service.grants import Grants
from service.sessions import Sessions, Tries
from service.settings import Settings, load_settings
from service.store import leases
from service.warming import Warmer
from service.webhooks import Courier

log = logging.getLogger("sitter.service")

ABOUT = """Trains hyperparameter studies and says what is wrong with each run.

Submit a study at `POST /v1/studies`; workers claim its trials, report epochs and verdicts, and
finish them. Lists are paged by cursor. Every error is `{"error", "detail", "fields"}`."""


def create_app(settings: Settings | None = None) -> FastAPI:
    """The service, its settings by default from the environment."""
    settings = settings or load_settings()
    database = Database(settings.database_url, busy_seconds=settings.sqlite_busy_seconds)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        if settings.migrate_on_start:
            schema.upgrade(database.engine)
        reaper = Reaper(database, settings)
        reaper.start()
        courier = Courier(database)
        courier.start()
        warmer = Warmer(database, app.state.censuses, app.state.tallies)
        warmer.start()
        yield
        courier.stop()
        reaper.stop()
        warmer.stop()
        database.close()

    app = FastAPI(
        title="Sitter",
        version=version("sitter"),
        description=ABOUT,
        lifespan=lifespan,
        docs_url=None,  # both pages load their scripts from another host
        redoc_url=None,
    )
    app.state.settings = settings
    app.state.database = database
    app.state.censuses = Censuses()
    token = settings.token.get_secret_value() if settings.token else None
    app.state.grants = Grants(database, token)
    app.state.sessions = Sessions(token) if token else None
    app.state.tries = Tries()
    app.state.tallies = Tallies()
    replies.install(app)
    for router in api.routers():
        app.include_router(router)
    dashboard.install(app)
    app.add_middleware(
        TokenGate, grants=app.state.grants, sessions=app.state.sessions, host=settings.host
    )
    app.add_middleware(Compressed)
    app.add_middleware(replies.Envelope, max_bytes=settings.max_request_bytes)
    return app


class Reaper(threading.Thread):
    """Takes trials back from workers that went silent, every `reaper_seconds`."""

    def __init__(self, database: Database, settings: Settings) -> None:
        super().__init__(name="sitter-reaper", daemon=True)
        self._database = database
        self._settings = settings
        self._stopping = threading.Event()

    def run(self) -> None:
        """Until `stop`; a database that does not answer is asked again next time."""
        while not self._stopping.wait(self._settings.reaper_seconds):
            try:
                with self._database.writing() as session:
                    lost = leases.reap(session, self._settings.max_attempts)
            except SQLAlchemyError:
                log.exception("could not look for expired leases; trying again")
            else:
                if lost:
                    log.warning("%d attempts were lost with their workers", lost)

    def stop(self) -> None:
        """Ends the thread and waits for it."""
        self._stopping.set()
        self.join()
