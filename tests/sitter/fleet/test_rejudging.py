"""What the service says of a stored history is what the worker said of the live one."""

from typing import Any

import pytest

from sitter.client import Sitter
from sitter.fleet.worker import Worker
from trainer.recipe import Recipe
from trainer.stack.planner import Plan

BLOBS = {"name": "blobs", "samples": 200}
MLP = {"name": "mlp", "hidden": [8, 8]}
RATES = (0.1, 1e-7, 3.0, 1000.0)  # sound, far too low, too high, hopeless
MEASURED = {"metrics": ["f1"], "mc_dropout": 4}
RECIPES: dict[str, dict[str, Any]] = {
    "classes": {"data": BLOBS, "model": MLP},
    "warm": {"data": BLOBS, "model": MLP, "schedule": {"name": "cosine", "warmup": 0.2}},
    "smoothed": {"data": BLOBS, "loss": {"name": "cross_entropy", "label_smoothing": 0.1}},
    "measured": {"data": "digits", "model": MLP | {"dropout": 0.2}, "evaluation": MEASURED},
    "embedded": {"data": BLOBS, "model": MLP, "loss": "triplet"},
    "adam": {"data": BLOBS, "model": MLP, "optimizer": "adam"},
}


class Stacked:
    """A planner that always stacks four."""

    def plan(self, recipe: Recipe) -> Plan:
        return Plan("lowered", 4, 3.0, "4 trials stacked")

    halve = plan


def trained(client: Sitter, worker: Worker, recipe: dict[str, Any], **study: Any) -> list[int]:
    """The trials of one study at each of `RATES`."""
    whole = {"epochs": 6, "batch_size": 16, "data_seed": 0, **recipe}
    number = client.submit({"name": "s", "trials": 0, "recipe": whole, **study}).id
    client.enqueue(number, *({"optimizer.lr": lr} for lr in RATES))
    while claim := client.claim({"name": "w"}, study=number, slots=4):
        worker.train(claim)
    trials = list(client.trials(number))
    assert [trial.reason for trial in trials if trial.state == "failed"] == []
    return [trial.id for trial in trials]


def assert_judged_the_same(client: Sitter, trial: int) -> None:
    said = client.rejudge(trial)
    own = {v.check: v for v in client.trial_verdicts(trial) if v.trial == trial}
    for verdict in said.verdicts:
        stored = own[verdict.check].model_dump(include=set(type(verdict).model_fields))
        assert verdict.model_dump() == stored
    assert {verdict.check for verdict in said.verdicts} == set(own)
    assert said.changed == []
    assert said.diagnosis == client.trial(trial).diagnosis


@pytest.mark.parametrize("name", RECIPES)
def test_of_trials_one_by_one(client: Sitter, name: str) -> None:
    for trial in trained(client, Worker(client, on="cpu", slots=1), RECIPES[name]):
        assert_judged_the_same(client, trial)


def test_of_stacked_trials(client: Sitter) -> None:
    worker = Worker(client, on="cpu", planner=Stacked())
    sound, *sick = trained(client, worker, RECIPES["classes"])
    for trial in (sound, *sick):
        assert_judged_the_same(client, trial)
    assert client.trial(sound).diagnosis == []
    assert all(client.trial(trial).diagnosis for trial in sick)


def test_of_trials_that_end_before_training(client: Sitter) -> None:
    """A fatal verdict of the preflight: there is no epoch to tell the facts with."""
    hopeless = {"data": BLOBS, "model": MLP, "optimizer": {"name": "sgd", "lr": 1e30}}
    number = client.submit({"name": "s", "trials": 0, "recipe": hopeless}).id
    client.enqueue(number, {"epochs": 3})
    claim = client.claim({"name": "w"})
    assert claim is not None
    Worker(client, on="cpu", slots=1).train(claim)
    (trial,) = client.trials(number)
    assert trial.state == "infeasible"
    assert_judged_the_same(client, trial.id)


def test_with_the_studys_own_thresholds(client: Sitter) -> None:
    own = {"checks": {"diverging": {"hopeless": 500}, "plateau": {"flat": 0.3}}, "profile": "cheap"}
    worker = Worker(client, on="cpu", slots=1)
    for trial in trained(client, worker, RECIPES["classes"], diagnostics=own):
        assert_judged_the_same(client, trial)


def test_folds_are_diagnosed_by_their_worst_verdicts(client: Sitter) -> None:
    recipe = {**RECIPES["classes"], "split": {"name": "k_fold", "folds": 2}}
    worker = Worker(client, on="cpu", slots=1)
    *_, hopeless = trained(client, worker, recipe)
    assert client.trial(hopeless).state == "infeasible"
    causes = {cause for v in client.trial_verdicts(hopeless) for cause in v.causes}
    named = {cause.cause for cause in client.trial(hopeless).diagnosis}
    assert named
    assert named <= causes | {"no_learning"}


def test_a_repaired_trial_is_trained_and_measures_itself(client: Sitter) -> None:
    worker = Worker(client, on="cpu", slots=1)
    *_, hopeless = trained(client, worker, RECIPES["classes"])
    study = client.trial(hopeless).study
    made = client.repair(hopeless, patch={"optimizer.lr": 0.1})
    claim = client.claim({"name": "w"}, study=study)
    assert claim is not None
    worker.train(claim)
    trial = client.trial(made.id)
    assert trial.state == "complete"
    before = client.trial(hopeless)
    assert (trial.value or 0) > (before.value or 0)
    assert before.repaired_by == [made.id]
    assert 0 in {row.epoch for row in client.signals(made.id)}
    assert all(verdict.trial == made.id for verdict in client.trial_verdicts(made.id))
    assert_judged_the_same(client, made.id)
    assert client.study(study).state == "complete"
