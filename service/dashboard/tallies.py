"""How often each check gave each severity, counted no more often than it is worth.

Counting reads every verdict: 0.4 s for three millions.
"""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from service.dashboard.kept import Kept, Seldom
from service.store import firings, verdicts
from service.store.firings import Said
from service.tables import Study

KEPT = 16  # studies


class Tallies:
    """The counts of the studies asked for last. Threads may share it."""

    def __init__(self) -> None:
        self._kept: Kept[Seldom[Sequence[Said]]] = Kept(Seldom, KEPT)

    def said(self, session: Session, study: Study | None) -> Sequence[Said]:
        """By check and severity, in one study or over all; of many verdicts, as it was lately."""
        # SQLite gives a deleted study's id away again.
        key = None if study is None else (study.id, study.created_at, study.state)
        within = None if study is None else study.id
        return self._kept.of(key).of(lambda: firings.said(session, study=within))

    def of(self, session: Session, study: Study) -> dict[str, dict[str, int]]:
        """check → severity → number of verdicts of the study."""
        return verdicts.counted(self.said(session, study))
