"""Our own cases: every cause is there, every fault has its twin, labels are words that exist."""

from pathlib import Path

import pytest

import bench.diagnosis
from bench.diagnosis.contest import OURS, Round, contend
from bench.diagnosis.grammar import Case, read
from bench.diagnosis.loop import Nobody, Outcome, trained
from bench.diagnosis.measure import harms, has_learned
from bench.diagnosis.setup import set_up
from diagnostics.causes import CAUSES

FILE = Path(bench.diagnosis.__file__).parent / "own.yaml"
FOUND = read([FILE])
CASES = {case.id: case for case in FOUND.cases}
FAULTY = [case for case in CASES.values() if case.label == "faulty"]
LEAST = 60  # single faults, from issue 5


def outcomes(case: Case) -> list[Outcome]:
    return [trained(case, seed, Nobody()) for seed in range(3)]


def test_all_can_be_read() -> None:
    assert FOUND.refused == ()
    assert len(FAULTY) >= LEAST


def test_every_cause_comes_first_somewhere() -> None:
    assert {case.expect.primary for case in FAULTY} == set(CAUSES)


@pytest.mark.parametrize("case", FAULTY, ids=lambda case: case.id)
def test_faults_name_causes_that_exist_and_a_healthy_twin(case: Case) -> None:
    named = [*case.expect.right, *case.expect.never]
    assert set(named) <= set(CAUSES)
    assert len(named) == len(set(named))
    assert case.twin is not None
    assert CASES[case.twin].label == "healthy"


@pytest.mark.parametrize("case", CASES.values(), ids=lambda case: case.id)
def test_each_can_take_a_step(case: Case) -> None:
    run = set_up(case, 0)
    inputs, targets, _ = next(iter(run.batches()))
    loss = run.loss_fn(run.model(inputs), targets)
    assert loss.shape == ()
    assert loss.requires_grad


@pytest.mark.parametrize(
    "name", ["text-decay-0.1", "table-linear", "mlp-validation-among-training", "rare-unweighted"]
)
def test_labels_hold(name: str) -> None:
    """A few; all of them: --measure."""
    twin = CASES[CASES[name].twin or ""]
    healthy = outcomes(twin)
    assert has_learned(healthy)
    assert harms(outcomes(CASES[name]), healthy)


def test_a_contest_says_what_everybody_said() -> None:
    result = contend(Round(CASES["table-linear"], 0, rivals=True))
    assert result.failed is None
    assert list(result.judged) == [OURS, "sagemaker", "autotrainer", "umlaut"]
    ours = result.judged[OURS]
    assert ours.label == "faulty"
    assert not ours.disturbed
    assert ours.preflight_seconds > 0
    assert result.report
