"""The sentence at the top says what a reader came to know."""

from dataclasses import replace
from typing import Any

import pytest

from diagnostics import Severity
from service.dashboard import answers
from service.dashboard.answers import StudyFacts, TrialFacts
from service.dashboard.figures.scene import Axis
from service.views import BestView

BEST = BestView(
    trial=7,
    number=6,
    value=0.974,
    deviation=None,
    seeds=1,
    epoch=17,
    params={"optimizer.weight_decay": 2.1337e-4, "optimizer.lr": 0.0310047},
)
STUDY = StudyFacts(
    metric="val_accuracy",
    state="running",
    counts={"complete": 50, "running": 8, "waiting": 6},
    best=BEST,
    spoiled=(),
    fatal=frozenset(),
    failure=None,
)
TRIAL = TrialFacts(
    metric="val_accuracy",
    state="complete",
    value=0.974,
    best_epoch=17,
    epochs=20,
    epochs_done=20,
    reason=None,
    worst=(Severity.PASS, "The loss goes down."),
)


def spoiled(*rates: Any, fatal: frozenset[str] = frozenset({"non_finite"})) -> StudyFacts:
    counts = {**STUDY.counts, "infeasible": len(rates)}
    points = [{"optimizer.lr": rate} for rate in rates]
    return replace(STUDY, counts=counts, spoiled=points, fatal=fatal)


def test_the_best_comes_first() -> None:
    assert answers.of_study(STUDY) == "Best: lr 0.031, weight decay 2.1e-4 → 97.4 %."


def test_seed_noise_stands_beside_the_best() -> None:
    noisy = replace(STUDY, best=BEST.model_copy(update={"deviation": 0.006, "seeds": 3}))
    assert answers.of_study(noisy).endswith("→ 97.4 % ± 0.6 over 3 seeds.")


def test_where_trials_diverge() -> None:
    assert answers.of_study(spoiled(0.91, 0.65, 0.7)).endswith("; 3 trials diverged above lr 0.65.")


def test_no_bound_where_there_is_none() -> None:
    said = answers.of_study(spoiled(0.9, 0.001))
    assert said.endswith("; 2 trials diverged, the lowest at lr 0.001.")
    assert answers.of_study(spoiled(0.9, "auto")).endswith("; 2 trials diverged.")


def test_where_all_trials_diverge_lower_rates_are_the_next_thing_to_search() -> None:
    facts = replace(spoiled(0.9, 0.2), state="complete", best=None, counts={"infeasible": 2})
    said = "All 2 trials diverged, the lowest at lr 0.2: search below it."
    assert answers.of_study(facts) == said
    unknown = replace(facts, spoiled=({}, {}))
    assert answers.of_study(unknown) == "All 2 trials diverged; open one to see why."


def test_not_every_fatal_verdict_is_a_divergence() -> None:
    said = answers.of_study(spoiled(0.9, fatal=frozenset({"overfit_subset"})))
    assert said.endswith("; 1 trial ended infeasible at lr 0.9.")


def test_failures_are_told_beside_the_best() -> None:
    facts = replace(STUDY, counts={**STUDY.counts, "failed": 2})
    assert answers.of_study(facts).endswith("; 2 trials failed.")
    told = answers.of_study(replace(facts, failure="Traceback\nValueError: no data"))
    assert told.endswith("; 2 trials failed, the last one with: ValueError: no data.")


def test_long_points_are_cut_and_empty_ones_named_by_their_trial() -> None:
    many = {f"model.x{i}": i for i in range(5)} | {"optimizer.lr": 0.1}
    assert answers.point(many) == "lr 0.1, x0 0, x1 1, …"
    bare = replace(STUDY, best=BEST.model_copy(update={"params": {}}))
    assert answers.of_study(bare) == "Best: trial 6 → 97.4 %."


@pytest.mark.parametrize(
    ("state", "counts", "said"),
    [
        ("running", {"waiting": 64}, "Waiting for a worker to take the first of 64 trials"),
        ("running", {"waiting": 60, "running": 4}, "4 of 64 trials are training"),
        ("running", {"waiting": 63, "infeasible": 1}, "1 of 64 trials have ended"),
        ("running", {"failed": 1}, "1 trial failed: ValueError: no data."),
        ("running", {"failed": 3}, "All 3 trials failed, the last one with: ValueError: no data"),
        ("complete", {"failed": 2, "infeasible": 1}, "None of 3 trials was completed"),
        ("complete", {}, "This study has no trials"),
        ("paused", {"waiting": 64}, "Paused; no trial of 64 is complete yet"),
        ("cancelled", {"cancelled": 64}, "Cancelled before any trial was complete"),
    ],
)
def test_without_a_best(state: str, counts: dict[str, int], said: str) -> None:
    facts = replace(
        STUDY, state=state, counts=counts, best=None, failure="Traceback\nValueError: no data\n"
    )
    assert said in answers.of_study(facts)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "97.4 % validation accuracy at epoch 17 of 20; no check is worried."),
        ({"worst": None}, "97.4 % validation accuracy at epoch 17 of 20; no check has spoken yet."),
        (
            {"worst": (Severity.WARNING, "lr is low.")},
            "97.4 % validation accuracy at epoch 17 of 20; warning: lr is low.",
        ),
        (
            {"state": "running", "epochs_done": 7},
            "Epoch 7 of 20: 97.4 % validation accuracy so far; no check is worried.",
        ),
        (
            {"state": "pruned", "epochs_done": 17},
            "97.4 % validation accuracy at epoch 17 of 17, pruned by the stopping rule; "
            "no check is worried.",
        ),
        (
            {"state": "infeasible", "epochs_done": 1, "worst": (Severity.FATAL, "It diverged.")},
            "Infeasible after 1 epoch: It diverged.",
        ),
        (
            {"state": "infeasible", "epochs_done": 2, "worst": None},
            "Infeasible after 2 epochs: a fatal verdict ended it.",
        ),
        ({"state": "failed", "reason": "Traceback\n  x\nKeyError: 3"}, "Failed: KeyError: 3"),
        ({"state": "failed"}, "Failed: no reason was given"),
        ({"state": "waiting"}, "Waiting for a worker to take it."),
        (
            {"state": "running", "value": None, "epochs_done": 0},
            "Training its first epoch of 20.",
        ),
        ({"state": "cancelled", "value": None}, "Cancelled after 20 epochs."),
        ({"value": None}, "No finite validation accuracy in 20 epochs."),
    ],
)
def test_trials(changes: dict[str, Any], said: str) -> None:
    assert answers.of_trial(replace(TRIAL, **changes)) == said


HIGH = "the learning rate is too high (0.86)"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            {"worst": (Severity.WARNING, "lr is high.")},
            f"97.4 % validation accuracy at epoch 17 of 20; likely cause: {HIGH}.",
        ),
        (
            {"state": "infeasible", "epochs_done": 3, "worst": (Severity.FATAL, "the loss grew.")},
            f"Infeasible after 3 epochs; likely cause: {HIGH}. The loss grew.",
        ),
        (
            {"value": None},
            f"No finite validation accuracy in 20 epochs. Likely cause: {HIGH}.",
        ),
        ({"state": "failed", "reason": "KeyError: 3"}, "Failed: KeyError: 3"),
    ],
)
def test_the_likeliest_cause_is_named(changes: dict[str, Any], said: str) -> None:
    assert answers.of_trial(replace(TRIAL, cause=HIGH, **changes)) == said


def test_a_point_counts_once_all_its_repeats_are_complete() -> None:
    counts = {"complete": 1, "failed": 1}
    facts = replace(STUDY, state="complete", counts=counts, best=None, repeats=2)
    said = "No point completed all of its 2 repeats with a result"
    assert answers.of_study(facts).startswith(said)
    running = replace(facts, state="running", counts={"complete": 1, "running": 1})
    said = "No point has completed all of its 2 repeats with a result yet."
    assert answers.of_study(running) == said
    alone = replace(facts, counts={"complete": 1}, repeats=1)
    assert answers.of_study(alone) == "No trial completed with a result."


LR = Axis("optimizer.lr", 1e-4, 1.0, log=True)
DROPOUT = Axis("model.dropout", 0.0, 0.5, log=False)


def at(axis: Axis, value: Any, **facts: Any) -> str:
    best = BEST.model_copy(update={"params": {axis.path: value}})
    return answers.of_study(replace(STUDY, best=best, axes=(axis,), **facts))


def test_the_edge_of_the_space_is_told() -> None:
    assert at(LR, 0.95) == (
        "Best: lr 0.95 → 97.4 %; lr is at the edge of the space: search above 1 too."
    )
    assert at(LR, 1.1e-4).endswith("; lr is at the edge of the space: search below 1e-4 too.")
    assert at(DROPOUT, 0.5).endswith("; dropout is at the edge of the space: search above 0.5 too.")
    assert "edge" not in at(LR, 0.1)


@pytest.mark.parametrize("value", ["auto", None, 50.0])
def test_what_is_not_on_the_axis_is_at_no_edge(value: Any) -> None:
    assert "edge" not in at(LR, value)


def test_several_edges_are_told_together() -> None:
    decay = Axis("optimizer.weight_decay", 1e-6, 0.1, log=True)
    best = BEST.model_copy(update={"params": {LR.path: 0.95, decay.path: 1e-6}})
    said = answers.of_study(replace(STUDY, best=best, axes=(LR, decay)))
    together = "; it is at the edge of the space: search lr above 1 and weight decay below 1e-6 too"
    assert said.endswith(f"{together}.")


def test_nobody_is_sent_beyond_nothing() -> None:
    assert "edge" not in at(DROPOUT, 0.0)
    assert "edge" not in at(Axis("optimizer.momentum", 0.5, 1.0, log=False), 1.0)


def test_nobody_is_sent_where_trials_diverge() -> None:
    diverged = {"optimizer.lr": 0.99}
    assert "edge" not in at(LR, 0.95, spoiled=[diverged])
    assert "edge" in at(LR, 1.1e-4, spoiled=[diverged])


def test_few_trials_say_nothing_of_the_edge() -> None:
    assert "edge" not in at(LR, 0.95, counts={"complete": 4})
    assert "edge" not in at(LR, 0.95, counts={"complete": 8}, repeats=2)


def test_a_study_that_is_over_says_that_no_more_of_the_space_is_wanted() -> None:
    assert at(LR, 0.1, state="complete").endswith("→ 97.4 %; it lies well inside the space.")
    assert "inside" not in at(LR, 0.1)
    assert "inside" not in at(DROPOUT, 0.0, state="complete")
