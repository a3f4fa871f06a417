"""Cancelling a trial: it is over, and its worker is told to stop with its next report."""

from sqlalchemy import update
from sqlalchemy.orm import Session

from service.errors import Conflict
from service.store import events, studies, trials
from service.store.rows import found
from service.tables import ENDED, Attempt, Study, Trial, now

REASON = "somebody cancelled it"


def cancel(session: Session, trial_id: int) -> Trial:
    """A waiting or running trial becomes `cancelled`; what it has reported stays.

    A study that has nothing else to do is complete with it. Raises Conflict where it is over.
    """
    study = found(session, Study, found(session, Trial, trial_id).study_id, lock=True)
    trial = found(session, Trial, trial_id, lock=True)
    if trial.state in ENDED:
        raise Conflict(
            f"trial {trial_id} is {trial.state}; only a trial that waits or runs can be cancelled"
        )
    trials.end(trial, "cancelled", REASON)
    session.execute(
        update(Attempt)
        .where(Attempt.trial_id == trial_id, Attempt.state == "running")
        .values(state="ended", ended_at=now(), reason=REASON)
    )
    session.flush()
    events.emit(session, "trial_cancelled", study.id, trial_id, value=trial.value, reason=REASON)
    studies.settle(session, study)
    return trial
