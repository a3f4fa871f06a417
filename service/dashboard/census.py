"""Every trial of a study as points, kept between requests: only what can have changed is read.

A trial that has ended does not change any more, so that a refresh reads those that are new or were
still open. Each process keeps its own; a study of 100,000 trials takes some 60 MB.
"""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.orm import Session

from diagnostics.across import Pattern
from service.dashboard.figures.scene import Point, numeric
from service.dashboard.kept import Grown, Kept
from service.dashboard.patterns import patterns
from service.search.importance import Importance, importance
from service.search.strategy import Observed
from service.store import pages
from service.study import StudyDocument
from service.tables import ENDED, Study

KEPT = 4  # studies whose points are kept
FOLLOWING = 64  # studies of which something smaller is
LOOK_BACK = 500  # trials read again, since a slower writer's lower ids may appear later


@dataclass
class Census:
    """The trials of one study, by id."""

    points: dict[int, Point] = field(default_factory=dict)
    open: set[int] = field(default_factory=set)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def refresh(self, session: Session, study_id: int) -> tuple[Point, ...]:
        """Reads what is new or was open, and answers all, in the order of their numbers."""
        with self.lock:
            above = max(self.points, default=0) - LOOK_BACK
            for row in pages.points(session, study_id, above=above, among=self.open):
                self.points[row.id] = Point(
                    row.id, row.number, row.state, row.params, numeric(row.value), row.epochs_done
                )
                (self.open.discard if row.state in ENDED else self.open.add)(row.id)
            return tuple(sorted(self.points.values(), key=lambda point: point.number))


class Censuses:
    """What is kept of the studies asked for last: their points, and what follows from them.

    Threads may share it.
    """

    def __init__(self) -> None:
        self._points: Kept[Census] = Kept(Census, KEPT)
        self._importances: Kept[Grown[Importance]] = Kept(Grown, FOLLOWING)
        self._patterns: Kept[Grown[Sequence[Pattern]]] = Kept(Grown, FOLLOWING)

    def points(self, session: Session, study: Study) -> tuple[Point, ...]:
        """Every trial of the study, in the order of their numbers."""
        return self._points.of(_key(study)).refresh(session, study.id)

    def importance(
        self, study: Study, document: StudyDocument, points: Sequence[Point]
    ) -> Importance:
        """How much each searched path matters, by the points that are complete; takes 0.5 s."""
        complete = [point for point in points if point.state == "complete"]

        def made() -> Importance:
            observed = [Observed(None, p.params, p.value, p.state) for p in complete]
            return importance(document.space, observed, document.objective.direction)

        return self._importances.of(_key(study)).of(len(complete), made)

    def patterns(self, session: Session, study: Study, ended: int) -> Sequence[Pattern]:
        """What shows only across the trials, of which so many have ended."""
        return self._patterns.of(_key(study)).of(ended, lambda: patterns(session, study))


def _key(study: Study) -> tuple[int, datetime]:
    """SQLite gives a deleted study's id away again."""
    return study.id, study.created_at
