"""How often each check gave each severity, without counting every verdict again and again.

Counting reads every verdict: 0.4 s for three millions. In a large study, those of trials that are
over are counted once; over all studies, no more often than it is worth.
"""

import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from service.dashboard.kept import Kept, Seldom
from service.store import events, firings, trials, verdicts
from service.store.firings import Said
from service.tables import Study

KEPT = 16  # studies
LARGE = 2000  # trials; all verdicts of fewer are counted in 20 ms
MOST_OPEN = 5000  # ids above the settled ones; reading their verdicts would take 0.1 s and more
LOOK_BACK = 500  # newest ids, counted again: a report may end after its trial was cancelled
EVENTS_BACK = 200  # events read again, since a slower writer's lower number may appear later


@dataclass
class Tally:
    """The verdicts of one large study; `settled` are those of trials up to the id `edge`.

    They are over, and what is said of them changes only where one is judged again: `rejudged` are
    the newest events of that kind, up to the event `seen`. Where an old trial is still open, all
    verdicts are counted, as seldom as it is worth.
    """

    settled: Sequence[Said] = ()
    edge: int = 0
    seen: int = 0
    rejudged: set[int] = field(default_factory=set)
    whole: Seldom[Sequence[Said]] = field(default_factory=Seldom)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def refresh(self, session: Session, study_id: int) -> Sequence[Said]:
        """Counts what is new or may have changed, and answers for all trials."""
        with self.lock:
            over, newest = trials.settled(session, study_id)
            edge = over - LOOK_BACK
            if newest - edge > MOST_OPEN:
                return self.whole.of(lambda: firings.said(session, study=study_id))
            if self._rejudged(session, study_id) or self.edge == 0:
                self.edge = max(0, edge)
                self.settled, rest = firings.parted(session, study_id, self.edge)
                return merged(self.settled, rest)
            if edge > self.edge:
                more = firings.between(session, study_id, self.edge, edge)
                self.settled, self.edge = merged(self.settled, more), edge
            return merged(self.settled, firings.between(session, study_id, self.edge, newest))

    def _rejudged(self, session: Session, study_id: int) -> bool:
        """Whether a trial has been judged again since this was asked last."""
        latest = events.latest_id(session)
        after = (self.seen or latest) - EVENTS_BACK
        found = events.numbers(session, "trial_rejudged", study_id, after=after)
        fresh = bool(found - self.rejudged)
        self.seen, self.rejudged = latest, found
        return fresh


class Tallies:
    """The counts of the studies asked for last. Threads may share it."""

    def __init__(self) -> None:
        self._all: Seldom[Sequence[Said]] = Seldom()
        self._kept: Kept[Tally] = Kept(Tally, KEPT)

    def said(self, session: Session, study: Study | None) -> Sequence[Said]:
        """By check and severity, in one study or over all; over all, as it was lately."""
        if study is None:
            return self._all.of(lambda: firings.said(session))
        if study.next_number < LARGE:
            return firings.said(session, study=study.id)
        # SQLite gives a deleted study's id away again.
        return self._kept.of((study.id, study.created_at)).refresh(session, study.id)

    def of(self, session: Session, study: Study) -> dict[str, dict[str, int]]:
        """check → severity → number of verdicts of the study."""
        return verdicts.counted(self.said(session, study))


def merged(*counts: Iterable[Said]) -> list[Said]:
    """The sums of counts of different verdicts."""
    found: dict[tuple[str, str], Said] = {}
    for said in (each for some in counts for each in some):
        key = (said.check, said.severity)
        known = found.get(key, Said(*key, 0, 0))
        found[key] = Said(*key, known.times + said.times, max(known.newest, said.newest))
    return list(found.values())
