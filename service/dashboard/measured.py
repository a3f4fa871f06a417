"""What else was measured of a trial: its metrics, its folds and which classes it confuses."""

import json
from typing import Any

from sqlalchemy.orm import Session

from diagnostics import measured
from service.dashboard import words
from service.dashboard.views import Measured, Sheet
from service.shelf import Shelf
from service.store import artifacts, epochs
from service.tables import Artifact, Trial

CONFUSION = "confusion.json"  # what workers call it
MOST_CLASSES = 20  # of a matrix that a page can show
MOST_BYTES = 20_000  # of its file: 20 × 20 counts of more digits than any data set needs


def measured_of(session: Session, shelf: Shelf, trial: Trial) -> Measured | None:
    """At the best epoch, else the last; None where there is nothing to tell."""
    row = epochs.told(session, trial)
    signals = {} if row is None else row.signals
    sheets = [*_folds(signals), *_confusion(session, shelf, trial)]
    facts = tuple(measured.facts(signals))
    if not facts and not sheets:
        return None
    best = row is not None and row.epoch == trial.best_epoch
    when = (
        "" if row is None else f"Epoch {words.count(row.epoch)}, the {'best' if best else 'last'}"
    )
    return Measured(when, facts, tuple(sheets))


def _folds(signals: dict[str, Any]) -> list[Sheet]:
    found = measured.folds(signals)
    return [] if found is None else [Sheet("Each fold's own", "", found.names, found.rows)]


def _confusion(session: Session, shelf: Shelf, trial: Trial) -> list[Sheet]:
    file = next((a for a in artifacts.listed(session, trial.id) if a.name == CONFUSION), None)
    matrix = None if file is None or file.bytes > MOST_BYTES else _matrix(shelf, file)
    if matrix is None:
        return []
    names = tuple(map(str, range(len(matrix))))
    rows = tuple(
        (name, tuple(words.count(number) if number else words.MISSING for number in row))
        for name, row in zip(names, matrix, strict=True)
    )
    title = "Samples by true class (rows) and predicted class (columns), last epoch"
    return [Sheet(title, "True class", names, rows)]


def _matrix(shelf: Shelf, file: Artifact) -> list[list[int]] | None:
    """The file's; None where it is none of ours, or too large to be shown."""
    try:
        read = json.loads(shelf.read(file.uri, file.bytes))
    except (OSError, ValueError, RecursionError):
        return None
    if not isinstance(read, list) or not 0 < len(read) <= MOST_CLASSES:
        return None
    square = all(isinstance(row, list) and len(row) == len(read) for row in read)
    return read if square and all(type(n) is int for row in read for n in row) else None
