import math
from typing import Any

import pytest

from diagnostics import Severity, Verdict
from diagnostics.checks.init_scale import FAR_TOO_LARGE, InitScale
from diagnostics.diagnosis import SURE
from tests.diagnostics.histories import LAGS, LEARNS, LOST, NOT_LEARNED, SIGMOIDS, STANDS, watched

SMALL, LARGE, BLOWN = InitScale().small, InitScale().large, InitScale().blown


def judged(losses: list[float], gain: float = 1.4, **settings: Any) -> Verdict:
    start: dict[str, Any] = {"weight_gain": {"fc1": gain, "fc2": gain, "fc3": 1.4}}
    start |= settings.pop("start", {})
    return InitScale().judge(watched(losses, start=start, **settings))


@pytest.mark.parametrize("gain", [1 / math.sqrt(3), 1.0, math.sqrt(2), SMALL, LARGE])
def test_torch_glorot_and_he_are_usual(gain: float) -> None:
    assert judged(STANDS, gain).severity is Severity.PASS


@pytest.mark.parametrize(
    ("gain", "cause"),
    [(SMALL * 0.99, "init_scale_too_small"), (LARGE * 1.01, "init_scale_too_large")],
)
def test_the_side_is_named_and_harm_decides(gain: float, cause: str) -> None:
    for losses, severity in ((LEARNS, "note"), (LAGS, "warning"), (STANDS, "warning")):
        verdict = judged(losses, gain)
        assert verdict.severity == severity
        assert set(verdict.causes) == {cause}


def test_weights_far_too_large_are_the_surest_cause() -> None:
    near, far = (
        judged(STANDS, gain).causes for gain in (1.01 * LARGE, 1.01 * FAR_TOO_LARGE * LARGE)
    )
    assert near["init_scale_too_large"] < SURE <= far["init_scale_too_large"]


def test_before_training_the_twenty_rows_decide() -> None:
    assert judged([], 0.01).severity is Severity.NOTE
    assert judged([], 0.01, start=NOT_LEARNED).severity is Severity.WARNING


def test_a_small_last_layer_is_a_good_trick() -> None:
    gains = {"weight_gain": {"fc1": 1.4, "fc2": 1.4, "fc3": 1e-4}}
    assert judged(STANDS, start=gains).severity is Severity.PASS


def test_a_single_layer_is_judged_too() -> None:
    assert judged(STANDS, start={"weight_gain": {"fc": 1e-4}}).severity is Severity.WARNING


def test_small_weights_are_surer_before_rectifiers() -> None:
    rectified, squashed = judged(STANDS, 0.01), judged(STANDS, 0.01, facts={"kinds": SIGMOIDS})
    cause = "init_scale_too_small"
    assert rectified.causes[cause] > squashed.causes[cause]


def test_activations_that_overflow_are_fatal_and_the_layer_is_named() -> None:
    sizes = {"activation_rms": {"fc1": 3.0, "exp": None, "fc2": None}}
    verdict = judged([], start=sizes)
    assert verdict.severity is Severity.FATAL
    assert "not finite from `exp` on before any update" in verdict.summary
    assert set(verdict.causes) == {"exploding_activations"}


def test_inputs_that_are_not_finite_are_no_fault_of_the_weights() -> None:
    sizes = {"activation_rms": {"fc1": None, "fc2": None}, "input_broken": 0.1}
    assert judged([], start=sizes).severity is Severity.PASS


@pytest.mark.parametrize(
    ("times", "losses", "severity"),
    [
        (0.99 * BLOWN, STANDS, Severity.PASS),
        (1.01 * BLOWN, LEARNS, Severity.NOTE),
        (1.01 * BLOWN, STANDS, Severity.WARNING),
        (BLOWN / 10, LOST, Severity.WARNING),  # a lost run needs less to explain it
    ],
)
def test_activations_that_grow(times: float, losses: list[float], severity: Severity) -> None:
    sizes = {"activation_rms": {"fc1": 1.0, "relu": 0.5, "fc2": times}}
    verdict = judged(losses, start=sizes)
    assert verdict.severity is severity
    assert ("exploding_activations" in verdict.causes) == (severity is not Severity.PASS)


def test_skips_where_no_weights_were_measured() -> None:
    assert judged(STANDS, start={"weight_gain": {}}).severity is Severity.SKIPPED
