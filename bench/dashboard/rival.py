"""optuna-dashboard with the same trials, written straight into Optuna's own tables.

Needs `pip install -c constraints.txt -e '.[bench]'`.
"""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import optuna
from optuna.distributions import FloatDistribution, distribution_to_json
from optuna.storages._rdb import models
from optuna.trial import TrialState
from sqlalchemy import insert
from sqlalchemy.orm import Session

from bench.dashboard import serving
from bench.dashboard.trials import Made, made

BATCH = 1000
NAME = "made-up trials"
SPACE = {
    "lr": FloatDistribution(1e-4, 1.0, log=True),
    "weight_decay": FloatDistribution(1e-6, 1e-1, log=True),
}


def installed() -> bool:
    """Whether there is a rival to measure."""
    return find_spec("optuna_dashboard") is not None


def fill(url: str, trials: int, epochs: int) -> None:
    """A storage with one study of so many trials."""
    storage = optuna.storages.RDBStorage(url)
    study = optuna.create_study(storage=storage, study_name=NAME, direction="maximize")
    with Session(storage.engine) as session:
        batch: list[Made] = []
        for trial in made(trials, epochs):
            batch.append(trial)
            if len(batch) == BATCH:
                _write(session, study._study_id, batch)
                batch = []
        _write(session, study._study_id, batch)
        session.commit()


def served(url: str, log: Path) -> AbstractContextManager[str]:
    """The dashboard on that storage; its address."""
    program = "from optuna_dashboard._cli import main; main()"
    return serving.served(("-c", program, url), "/dashboard/", log, {})


def one_more(url: str) -> None:
    """A trial more, as a program that optimises would write it."""
    study = optuna.load_study(storage=url, study_name=NAME)
    trial = study.ask(SPACE)
    trial.report(0.98, 1)
    study.tell(trial, 0.98)


def _write(session: Session, study_id: int, batch: Sequence[Made]) -> None:
    if not batch:
        return
    begun = datetime.now()
    tables: dict[type[Any], list[dict[str, Any]]] = {
        models.TrialModel: [],
        models.TrialParamModel: [],
        models.TrialValueModel: [],
        models.TrialIntermediateValueModel: [],
    }
    for trial_id, trial in enumerate(batch, start=batch[0].number + 1):
        tables[models.TrialModel].append(
            {
                "trial_id": trial_id,
                "number": trial.number,
                "study_id": study_id,
                "state": TrialState.PRUNED if trial.diverged else TrialState.COMPLETE,
                "datetime_start": begun,
                "datetime_complete": begun + timedelta(seconds=0.5),
            }
        )
        point = {"lr": trial.lr, "weight_decay": trial.weight_decay}
        tables[models.TrialParamModel].extend(
            {
                "trial_id": trial_id,
                "param_name": name,
                "param_value": value,
                "distribution_json": distribution_to_json(SPACE[name]),
            }
            for name, value in point.items()
        )
        if not trial.diverged:
            tables[models.TrialValueModel].append(
                {
                    "trial_id": trial_id,
                    "objective": 0,
                    "value": max(trial.accuracy),
                    "value_type": models.TrialValueModel.TrialValueType.FINITE,
                }
            )
        kind = models.TrialIntermediateValueModel.TrialIntermediateValueType.FINITE
        tables[models.TrialIntermediateValueModel].extend(
            {
                "trial_id": trial_id,
                "step": step,
                "intermediate_value": value,
                "intermediate_value_type": kind,
            }
            for step, value in enumerate(trial.accuracy, start=1)
        )
    for table, rows in tables.items():
        session.execute(insert(table), rows)
