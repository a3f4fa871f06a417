"""Stopping rules through the API: rungs from one query, every decision kept."""

import pytest
from sqlalchemy import event

from tests.service.desk import Desk, epoch, held

HALVING = {"name": "halving", "eta": 2, "min_epochs": 2}


def train(desk: Desk, study: int, values: list[float]) -> tuple[str, int]:
    """One trial, an epoch a report; its state and the epochs it got to."""
    claim = desk.claim(study=study)
    (about,) = held(claim)
    for number, value in enumerate(values, start=1):
        orders = desk.report(claim, epochs=[epoch(about, number, val_accuracy=value)])
        if orders["stop"]:
            break
    else:
        desk.report(claim, ends=[about | {"state": "complete"}])
    desk.finish(claim)
    trial = desk.get(f"/v1/trials/{about['trial']}")
    return trial["state"], trial["epochs_done"]


def test_halving_prunes_at_the_rungs(desk: Desk) -> None:
    study = desk.submit(trials=4, recipe={"epochs": 8}, stopping=HALVING)["id"]
    assert desk.claim(study=study)["prompt"] is True
    assert train(desk, study, [0.9] * 8) == ("complete", 8)
    assert train(desk, study, [0.5] * 8) == ("pruned", 2)
    assert train(desk, study, [0.95] * 8) == ("complete", 8)
    decisions = desk.get(f"/v1/studies/{study}/decisions")["items"]
    assert [(d["epoch"], d["keep"]) for d in decisions] == [
        (2, True), (4, True), (2, False), (2, True), (4, True),
    ]  # fmt: skip
    assert all(d["reason"] and d["rule"] == "halving" for d in decisions)


def test_median_prunes_what_is_worse_than_most(desk: Desk) -> None:
    rule = {"name": "median", "warmup_epochs": 1, "min_peers": 3}
    study = desk.submit(trials=4, recipe={"epochs": 4}, stopping=rule)["id"]
    for value in (0.7, 0.8, 0.9):
        assert train(desk, study, [value] * 4)[0] == "complete"
    state, epochs = train(desk, study, [0.6] * 4)
    assert state == "pruned"
    assert epochs < 4


def test_a_batch_of_epochs_is_judged_at_its_first_bad_rung(desk: Desk) -> None:
    study = desk.submit(trials=2, recipe={"epochs": 8}, stopping=HALVING)["id"]
    train(desk, study, [0.9] * 8)
    claim = desk.claim(study=study)
    (about,) = held(claim)
    rows = [epoch(about, n, val_accuracy=0.1) for n in range(1, 9)]
    orders = desk.finish(claim, epochs=rows, ends=[about | {"state": "complete"}])
    trial = desk.get(f"/v1/trials/{about['trial']}")
    assert (trial["state"], orders["stop"]) == ("pruned", [])
    decisions = desk.get(f"/v1/studies/{study}/decisions")["items"]
    assert [(d["trial"], d["epoch"]) for d in decisions][-1] == (about["trial"], 2)


def test_a_diverged_trial_is_worst_at_its_rung(desk: Desk) -> None:
    study = desk.submit(trials=2, recipe={"epochs": 4}, stopping=HALVING)["id"]
    train(desk, study, [0.3] * 4)
    claim = desk.claim(study=study)
    (about,) = held(claim)
    orders = desk.report(claim, epochs=[epoch(about, n) for n in (1, 2)])
    assert orders["stop"] == [about["trial"]]


def test_rungs_of_a_report_are_read_with_one_query(desk: Desk) -> None:
    study = desk.submit(trials=8, recipe={"epochs": 16}, stopping=HALVING)["id"]
    claim = desk.claim(slots=8, study=study)
    rows = [epoch(a, n, val_accuracy=0.5) for a in held(claim) for n in range(1, 9)]
    statements: list[str] = []
    engine = desk.database.engine
    event.listen(engine, "before_cursor_execute", lambda *a: statements.append(a[2]))
    desk.report(claim, epochs=rows)
    reads = [s for s in statements if "FROM epochs" in s and s.startswith("SELECT")]
    assert len(reads) == 1
    if engine.dialect.name == "sqlite":
        with engine.connect() as connection:
            plan = connection.exec_driver_sql(
                "EXPLAIN QUERY PLAN SELECT epoch, trial_id, best_value FROM epochs "
                "WHERE study_id = 1 AND epoch IN (2, 4)"
            )
            assert "COVERING INDEX ix_epochs_study_id_epoch" in str(plan.fetchall())


@pytest.mark.parametrize("trials", [1, 3])
def test_none_keeps_no_decisions(desk: Desk, trials: int) -> None:
    study = desk.submit(trials=trials)["id"]
    desk.complete(desk.claim())
    assert desk.get(f"/v1/studies/{study}/decisions")["items"] == []
