from typing import Any

import pytest

from diagnostics import Severity, Verdict
from diagnostics.checks.structure import Structure
from tests.diagnostics.histories import LAGS, LEARNS, LOST, NOT_LEARNED, STANDS, watched

LINEAR = {"fc1": "linear", "fc2": "linear", "fc3": "linear"}


def judged(losses: list[float], start: dict[str, Any] | None = None, **facts: Any) -> Verdict:
    return Structure().judge(watched(losses, start=start, facts=facts))


@pytest.mark.parametrize(
    ("losses", "severity"), [([], "note"), (LEARNS, "note"), (LAGS, "warning")]
)
def test_attention_has_a_softmax_by_design(losses: list[float], severity: str) -> None:
    verdict = judged(losses, {"softmax_inside": {"attention.softmax": 1.0}})
    assert verdict.severity == severity
    assert "(`attention.softmax`)" in verdict.summary
    assert set(verdict.causes) == {"hidden_softmax"}


@pytest.mark.parametrize(
    ("losses", "severity"), [(LEARNS, "note"), (LAGS, "warning"), (STANDS, "warning")]
)
def test_a_linear_network_is_enough_for_linear_data(losses: list[float], severity: str) -> None:
    verdict = judged(losses, kinds=LINEAR)
    assert verdict.severity == severity
    assert set(verdict.causes) == {"missing_nonlinearity"}
    assert "The 3 layers have no activation between them" in verdict.summary


def test_an_activation_at_the_end_stands_between_no_layers() -> None:
    ends_in: dict[str, Any] = {
        "kinds": {**LINEAR, "softmax": "softmax"},
        "output_activation": "softmax",
    }
    assert "missing_nonlinearity" in judged(STANDS, **ends_in).causes


@pytest.mark.parametrize(
    "kinds",
    [
        {"fc": "linear"},
        {"fc": "linear", "softmax": "softmax"},
        {"fc1": "linear", "relu": "relu", "fc2": "linear"},
        {"fc1": "linear", "mine": "someonesactivation", "fc2": "linear"},
        {"conv": "conv2d", "max_pool2d": "max_pool2d", "fc": "linear"},
    ],
)
def test_a_single_layer_or_anything_between_is_no_linear_stack(kinds: dict[str, str]) -> None:
    assert judged(STANDS, kinds=kinds).severity is Severity.PASS


def test_a_lost_run_has_likelier_faults_than_its_activations() -> None:
    cause = "missing_nonlinearity"
    lost, stood = judged(LOST, kinds=LINEAR), judged(STANDS, kinds=LINEAR)
    assert lost.causes[cause] < stood.causes[cause]


def test_what_even_the_reference_cannot_learn_is_too_small() -> None:
    verdict = judged(STANDS, NOT_LEARNED)
    assert verdict.severity is Severity.WARNING
    assert "capacity_too_low" in verdict.causes
    assert verdict.evidence["parameters"] == 4810


@pytest.mark.parametrize(
    "start",
    [
        {},
        NOT_LEARNED | {"predictability": 0.0, "predictability_z": 0.0},
        NOT_LEARNED | {"tiny_reference_loss": None},
    ],
    ids=["learnable", "nothing to learn", "not tried"],
)
def test_a_small_model_is_not_accused_of_more(start: dict[str, Any]) -> None:
    assert judged(STANDS, start).severity is Severity.PASS
    assert judged(LEARNS, NOT_LEARNED).severity is Severity.PASS


def test_skips_an_unknown_model() -> None:
    assert judged(STANDS, kinds=None).severity is Severity.SKIPPED
    assert judged(STANDS, kinds={}).severity is Severity.SKIPPED
