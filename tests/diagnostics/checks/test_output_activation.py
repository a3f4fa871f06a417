from typing import Any

import pytest

from diagnostics import Severity, Verdict
from diagnostics.checks.output_activation import OutputActivation
from tests.diagnostics.histories import LAGS, LEARNS, STANDS, watched

BINARY = {"task": "binary", "loss": "binary_cross_entropy", "outputs": 1, "classes": None}
VALUES = {"task": "regression", "loss": "mse_loss", "loss_on": "values", "classes": None}


def judged(losses: list[float], start: dict[str, Any] | None = None, **facts: Any) -> Verdict:
    return OutputActivation().judge(watched(losses, start=start, facts=facts))


@pytest.mark.parametrize(
    ("facts", "cause"),
    [
        ({"output_activation": "softmax"}, "double_softmax"),
        ({"output_activation": "sigmoid"}, "output_activation_mismatch"),
        ({"output_activation": "softmax", "outputs": 1}, "output_activation_mismatch"),
        ({**BINARY, "output_activation": "sigmoid"}, "output_activation_mismatch"),
        ({**BINARY, "loss_on": "probabilities"}, "output_activation_mismatch"),
        (
            {**BINARY, "loss_on": "probabilities", "output_activation": "tanh"},
            "output_activation_mismatch",
        ),
        ({"loss": "nll_loss", "loss_on": "log_probabilities"}, "output_activation_mismatch"),
        (
            {"loss": "nll_loss", "loss_on": "log_probabilities", "output_activation": "softmax"},
            "output_activation_mismatch",
        ),
    ],
)
def test_a_misfit_is_a_fault_before_harm_is_seen(facts: dict[str, Any], cause: str) -> None:
    for losses in ([], LEARNS, STANDS):
        verdict = judged(losses, **facts)
        assert verdict.severity is Severity.WARNING
        assert set(verdict.causes) == {cause}


@pytest.mark.parametrize(
    ("facts", "cause"),
    [
        ({"output_activation": "relu"}, "output_activation_mismatch"),
        ({**BINARY, "output_activation": "softplus"}, "output_activation_mismatch"),
        ({"loss": "mse_onehot", "loss_on": "values"}, "loss_function_mismatch"),
        ({"loss": "mse_loss", "loss_on": "values"}, "loss_function_mismatch"),
        (
            {**BINARY, "loss_on": "probabilities", "output_activation": "relu"},
            "output_activation_mismatch",
        ),
    ],
)
def test_what_trains_slowly_is_a_note_until_it_harms(facts: dict[str, Any], cause: str) -> None:
    for losses, severity in (([], "note"), (LEARNS, "note"), (LAGS, "warning")):
        verdict = judged(losses, **facts)
        assert verdict.severity == severity
        assert set(verdict.causes) == {cause}


@pytest.mark.parametrize(
    "facts",
    [
        {},
        {"output_activation": "tanh"},
        {"output_activation": "log_softmax"},
        {**BINARY, "loss_on": "probabilities", "output_activation": "sigmoid"},
        {"loss_on": "probabilities", "output_activation": "softmax"},
        {"loss": "nll_loss", "loss_on": "log_probabilities", "output_activation": "log_softmax"},
    ],
)
def test_what_belongs_together_passes(facts: dict[str, Any]) -> None:
    assert judged(STANDS, **facts).severity is Severity.PASS


def test_values_may_be_learned_with_any_sound_end() -> None:
    for end in (None, "sigmoid", "tanh"):
        verdict = judged(STANDS, {"class_share": None}, **VALUES, output_activation=end)
        assert verdict.severity is Severity.PASS


def test_a_squared_error_is_a_lesser_suspect_where_the_run_is_lost() -> None:
    lost = judged([float("nan")] * 20, loss="mse_onehot", loss_on="values")
    stood = judged(STANDS, loss="mse_onehot", loss_on="values")
    cause = "loss_function_mismatch"
    assert lost.causes[cause] < stood.causes[cause]


@pytest.mark.parametrize("unknown", ["loss", "loss_on", "kinds"])
def test_a_loss_of_an_unknown_form_is_not_judged(unknown: str) -> None:
    facts: dict[str, Any] = {"output_activation": "softmax", unknown: None}
    verdict = judged(STANDS, **facts)
    assert verdict.severity is Severity.SKIPPED
