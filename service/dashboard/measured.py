"""What else was measured of a trial: its metrics and its folds."""

from typing import Any

from sqlalchemy.orm import Session

from diagnostics import measured
from service.dashboard import words
from service.dashboard.trial_views import Measured
from service.dashboard.views import Sheet
from service.store import epochs
from service.tables import Trial


def measured_of(session: Session, trial: Trial) -> Measured | None:
    """At the best epoch, else the last; None where there is nothing to tell."""
    row = epochs.told(session, trial)
    signals = {} if row is None else row.signals
    sheets = _folds(signals)
    facts = tuple(measured.facts(signals))
    if row is None or (not facts and not sheets):
        return None
    which = "best" if row.epoch == trial.best_epoch else "last"
    return Measured(f"Epoch {words.count(row.epoch)}, the {which}", facts, tuple(sheets))


def _folds(signals: dict[str, Any]) -> list[Sheet]:
    found = measured.folds(signals)
    return [] if found is None else [Sheet("Each fold's own", "", found.names, found.rows)]
