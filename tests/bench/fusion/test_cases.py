"""Cases are valid studies, and rivals see what the study trains on."""

from pathlib import Path

import pytest

from bench.fusion.cases import CASES, DATA, LR, MNIST10K, WEIGHT_DECAY, Case
from service.study import StudyDocument
from trainer.events import Started
from trainer.loop import run
from trainer.recipe import Recipe

RIVALS = {"b0", "b1", "b2"}


def folder_of(case: Case) -> Path:
    if case.recipe["data"] == MNIST10K["data"] and not (DATA / MNIST10K["data"]["images"]).exists():
        pytest.skip(f"{DATA} does not hold MNIST's test files")
    return DATA


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_case_is_a_study_that_no_verdict_ends(case: Case) -> None:
    document = StudyDocument.parse(case.study())
    assert document.trials == case.trials["ours"]
    assert document.diagnostics.stop_on == "never"
    assert document.stopping.name == "none"
    assert set(case.trials) == RIVALS | {"ours"} | ({"compiled"} if case.compiles else set())


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_rivals_have_the_samples_that_a_trial_has(case: Case) -> None:
    folder = folder_of(case)
    started = next(run(Recipe.model_validate(case.study()["recipe"]), folder=folder))
    samples = case.samples(folder)
    assert isinstance(started, Started)
    assert started.train_samples == len(samples.inputs) == len(samples.labels)
    assert started.val_samples == len(samples.val_inputs) == len(samples.val_labels)


def test_points_are_those_of_the_study() -> None:
    case = CASES["digits"]
    document = StudyDocument.parse(case.study())
    drawn = document.strategy.propose(document.space, range(2, 4), [], "maximize")
    third = case.points(4)[2:]
    assert [(point.lr, point.weight_decay) for point in third] == [
        (point[LR], point[WEIGHT_DECAY]) for point in drawn
    ]


def test_a_shortened_case_has_no_more_than_it_had() -> None:
    case = CASES["digits"]
    short = case.shortened(trials=16, epochs=1)
    assert short.trials == {"b0": 8, "b1": 16, "b2": 16, "compiled": 16, "ours": 16}
    assert short.epochs == 1
    assert case.shortened(None, None) == case == case.shortened(10**6, 10**6)
