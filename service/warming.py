"""Opens the newest study before anybody does.

The first who reads a study of 100,000 trials waits for all its points and 4.5 million verdicts, and
of any size for the import of scikit-learn; what is kept serves everybody after.
"""

import logging
import threading

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.dashboard import study_room
from service.dashboard.census import Censuses
from service.dashboard.study_scene import study_importance
from service.dashboard.tallies import Tallies
from service.dashboard.trial_table import View
from service.db import Database
from service.tables import Study

log = logging.getLogger("sitter.service")

PATIENCE_SECONDS = 2.0  # with a thread that ends with the process anyway


class Warmer(threading.Thread):
    """Makes one study's page and what its figures keep, and ends."""

    def __init__(self, database: Database, censuses: Censuses, tallies: Tallies) -> None:
        super().__init__(name="sitter-warmer", daemon=True)
        self._database = database
        self._censuses = censuses
        self._tallies = tallies
        self._stopping = threading.Event()

    def run(self) -> None:
        """What goes wrong here goes wrong again where somebody sees it."""
        try:
            with self._database.reading() as session:
                study = session.scalar(select(Study.id).order_by(Study.id.desc()).limit(1))
                if study is not None:
                    self._open(session, study)
        except Exception:
            log.exception("could not open the newest study ahead of time")

    def stop(self) -> None:
        """Begins nothing else, and waits a moment for what is being read."""
        self._stopping.set()
        self.join(PATIENCE_SECONDS)

    def _open(self, session: Session, study: int) -> None:
        study_room.study(session, self._tallies, self._censuses, study, View())
        if not self._stopping.is_set():
            study_importance(session, self._censuses, study)
