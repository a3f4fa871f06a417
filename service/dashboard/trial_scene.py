"""What a trial's figures draw from: its rows as a typed scene."""

import math
from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from diagnostics import History, Severity, diagnose
from diagnostics.history import SignalValue
from service.dashboard import files, shapes
from service.dashboard.figures.scene import Level, TrialScene, numeric
from service.shelf import Shelf
from service.store import diagnoses, epochs, verdicts
from service.store.rows import found
from service.tables import ENDED, Epoch, Trial, VerdictRow

EPOCHS = 10_000  # that one figure draws


def trial_scene(session: Session, shelf: Shelf, trial_id: int) -> TrialScene:
    """Raises NotFound."""
    trial = found(session, Trial, trial_id)
    listed = epochs.listed(session, trial, limit=EPOCHS)
    history = History(rows={row.epoch: _signals(row) for row in listed.items})
    rows = worst_first(verdicts.of_trial(session, trial), trial.id)
    said = [verdicts.as_verdict(row) for row in rows]
    read = shapes.Read(history, said, causes_of(session, trial, rows))
    return TrialScene(
        history=history,
        epochs=trial.epochs,
        ended=trial.state in ENDED,
        uninformed=_uninformed(rows),
        best_epoch=trial.best_epoch,
        marks=shapes.marks(said),
        shapes=shapes.shapes(read),
        gap=shapes.overfits_since(read),
        confusion=files.confusion(session, shelf, trial),
    )


def causes_of(session: Session, trial: Trial, rows: Sequence[VerdictRow]) -> list[str]:
    """The likeliest first: as diagnosed at the end, until then by the same rule."""
    if trial.state in ENDED:
        return [row.cause for row in diagnoses.of_trial(session, trial.id)]
    own = [verdicts.as_verdict(row) for row in rows if row.trial_id == trial.id]
    return [cause.cause for cause in diagnose(own)]


def worst_first(rows: Sequence[VerdictRow], trial_id: int) -> list[VerdictRow]:
    """One verdict per check, the trial's own before one for its shape; the worst first."""
    by_check: dict[str, VerdictRow] = {}
    for row in rows:
        if row.check_name not in by_check or row.trial_id == trial_id:
            by_check[row.check_name] = row
    return sorted(by_check.values(), key=lambda r: (-Severity(r.severity).rank, r.check_name))


def _signals(row: Epoch) -> dict[str, SignalValue]:
    """Signals and metrics of an epoch; epoch 0 has signals only."""
    signals = {name: _drawable(value) for name, value in row.signals.items()}
    if row.epoch == 0:
        return signals
    return {
        **signals,
        "train_loss": row.train_loss,
        "val_loss": row.val_loss,
        "train_accuracy": row.train_accuracy,
        "val_accuracy": row.val_accuracy,
        "lr": row.lr,
    }


def _drawable(value: Any) -> SignalValue:
    """A signal as it should be; what a worker sent in another form becomes None."""
    if isinstance(value, dict):
        return {str(layer): numeric(number) for layer, number in value.items()}
    if isinstance(value, list):
        return [numeric(number) for number in value]
    return numeric(value)


def _uninformed(rows: Sequence[VerdictRow]) -> Level | None:
    """What `initial_loss` expected: log C for softmax with C classes, else its own closed form."""
    for row in rows:
        expected = numeric(row.evidence.get("expected"))
        if row.check_name == "initial_loss" and expected is not None and expected > 0:
            classes = numeric(row.evidence.get("classes")) or 0.0
            is_log = classes > 1 and math.isclose(expected, math.log(classes), rel_tol=1e-6)
            return Level("log C" if is_log else "knows nothing", expected)
    return None
