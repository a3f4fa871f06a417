from typing import Any

import pytest

from diagnostics import Severity, Verdict
from diagnostics.checks.vanishing_gradient import VanishingGradient
from tests.diagnostics.histories import (
    BEHIND,
    LEARNS,
    NOT_LEARNED,
    PLAIN,
    SIGMOIDS,
    STANDS,
    watched,
)

CHECK = VanishingGradient()


def judged(losses: list[float], share: float = 1.0, alike: float = 0.5, **more: Any) -> Verdict:
    start = {
        "gradient_norm": {"fc1": share * 0.5, "fc2": 0.1, "fc3": 0.5},
        "activation_spread": {"fc1": 0.9, "fc2": alike, "fc3": 0.9},
    } | more.pop("start", {})
    return CHECK.judge(watched(losses, start=start, **more))


@pytest.mark.parametrize(
    ("losses", "severity"), [([], "note"), (LEARNS, "note"), (BEHIND, "note"), (STANDS, "warning")]
)
def test_norms_may_differ_a_thousandfold_in_healthy_networks(
    losses: list[float], severity: str
) -> None:
    verdict = judged(losses, share=1e-4)
    assert verdict.severity == severity
    assert "`fc1` gets 1e-4 of the gradient of `fc3`" in verdict.summary
    assert bool(verdict.causes) == (losses in ([], STANDS))


@pytest.mark.parametrize(("share", "alike"), [(CHECK.lost * 1.01, 1.0), (1.0, CHECK.still * 1.01)])
def test_within_the_limits_it_passes(share: float, alike: float) -> None:
    assert judged(STANDS, share, alike).severity is Severity.PASS


@pytest.mark.parametrize(("share", "alike"), [(CHECK.lost * 0.99, 1.0), (1.0, CHECK.still * 0.99)])
def test_either_the_gradient_or_the_signal_gets_lost(share: float, alike: float) -> None:
    assert judged(STANDS, share, alike).severity is Severity.WARNING


def test_squashing_functions_between_the_layers_make_it_surer() -> None:
    cause = "vanishing_gradient"
    squashed = judged(STANDS, 1e-4, facts={"kinds": SIGMOIDS}).causes[cause]
    last = {"kinds": {**PLAIN, "sigmoid": "sigmoid"}, "output_activation": "sigmoid"}
    assert judged(STANDS, 1e-4, facts={"kinds": PLAIN}).causes[cause] < squashed
    assert judged(STANDS, 1e-4, facts=last).causes[cause] < squashed


def test_before_training_the_twenty_rows_decide() -> None:
    assert judged([], 1e-4, start=NOT_LEARNED).severity is Severity.WARNING


@pytest.mark.parametrize(
    ("losses", "severity"), [([], "warning"), (LEARNS, "note"), (STANDS, "warning")]
)
def test_no_gradient_at_all(losses: list[float], severity: str) -> None:
    none = {"gradient_norm": {"fc1": 0.0, "fc2": 0.0}}
    verdict = judged(losses, start=none)
    assert verdict.severity == severity
    assert set(verdict.causes) == {"no_gradient"}
    dead = judged(losses, start=none | {"dead_units": {"relu": 1.0}})
    assert dead.causes["no_gradient"] < verdict.causes["no_gradient"]


def test_one_layer_has_no_way_to_vanish_on() -> None:
    history = watched(
        STANDS,
        start={"gradient_norm": {"fc1": 0.1}},
        during={"gradient_norm": {"fc1": 0.1}},
    )
    assert CHECK.judge(history).severity is Severity.SKIPPED
