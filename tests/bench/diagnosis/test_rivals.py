"""Rules of others: each fires on its own sick run, and those of a sound run stay silent."""

from typing import Any

import pytest

from bench.diagnosis.grammar import Case, case_of
from bench.diagnosis.loop import trained
from bench.diagnosis.rivals import RIVALS
from bench.diagnosis.rivals.autotrainer import _oscillates, _steepest
from bench.diagnosis.rivals.sagemaker import _stalled
from bench.diagnosis.scoring import Said


def case(inject: str | None = None, **config: Any) -> Case:
    given = {
        "data": "digits", "layers": ["2x 64 relu", "10 linear"], "init": ["he_u", "he_u", "torch"],
        "loss": "ce_logits", "optimizer": {"name": "adam", "lr": 0.001}, "batch_size": 64,
        "epochs": 5, **config,
    }  # fmt: skip
    return case_of({"id": "one", "config": given, "extra": {"inject": inject or []}})


def said(who: str, inject: str | None = None, **config: Any) -> Said:
    rival = RIVALS[who]()
    trained(case(inject, **config), 0, rival)
    return rival.said()


SOUND = {  # so short that UMLAUT does not find it too good, nor AutoTrainer too short
    who: said(who, epochs=5 if who == "autotrainer" else 3, optimizer={"name": "adam", "lr": 0.005})
    for who in RIVALS
}
DEAD = {"layers": ["16x 5 relu", "1 sigmoid"], "init": "uniform:0.05", "loss": "bce"}
CIRCLE = {"data": "circle", "batch_size": 128, "epochs": 10}
FEW = {"data": "clf40_noisy", "layers": ["256 relu", "1 linear"], "init": "he_u"}


@pytest.mark.parametrize(
    ("who", "rule", "config"),
    [
        ("sagemaker", "DeadRelu", {"init": ["const:-1", "he_u", "he_u"]}),
        ("sagemaker", "VanishingGradient", {"init": "const:0"}),
        ("sagemaker", "AllZero", {"init": "const:0"}),
        ("sagemaker", "ExplodingTensor", {"optimizer": {"name": "sgd", "lr": 1e9}}),
        ("sagemaker", "WeightUpdateRatio, large", {"optimizer": {"name": "sgd", "lr": 1e4}}),
        ("sagemaker", "WeightUpdateRatio, small", {"optimizer": {"name": "sgd", "lr": 1e-9}}),
        ("sagemaker", "UnchangedTensor", {"optimizer": {"name": "sgd", "lr": 0.0}}),
        (
            "sagemaker",
            "SaturatedActivation",
            {
                "data": "digits_x255",
                "layers": ["64 tanh", "10 linear"],
                "init": ["normal:1000", "he_u"],
            },
        ),
        ("sagemaker", "ClassImbalance", {"data": "digits_imb"}),
        ("sagemaker", "PoorWeightInitialization", {"init": "normal:0.0001"}),
        (
            "sagemaker",
            "Overfit",
            {**FEW, "loss": "bce_logits", "epochs": 40, "batch_size": 16},
        ),
        (
            "sagemaker",
            "Overtraining",
            {**FEW, "loss": "bce_logits", "epochs": 80, "batch_size": 16},
        ),
        ("autotrainer", "relu", {**CIRCLE, **DEAD}),
        ("autotrainer", "explode", {"optimizer": {"name": "sgd", "lr": 1e9}}),
        (
            "autotrainer",
            "vanish",
            {
                **CIRCLE,
                "layers": ["8x 5 sigmoid", "1 sigmoid"],
                "init": "uniform:0.5",
                "loss": "bce",
            },
        ),
        ("autotrainer", "not_converge", {"optimizer": {"name": "sgd", "lr": 1e-7}}),
        ("umlaut", "InputNotNormalized", {"data": "digits_x255"}),
        ("umlaut", "LRHigh", {"optimizer": {"name": "sgd", "lr": 0.1}}),
        ("umlaut", "LRLow", {"optimizer": {"name": "sgd", "lr": 1e-8}}),
        ("umlaut", "NaNInLoss", {"optimizer": {"name": "sgd", "lr": 1e9}}),
        ("umlaut", "NoSoftmaxActivation", {"loss": "nll_clip", "epochs": 1}),
        ("umlaut", "MissingActivation", {"layers": ["2x 64 linear", "10 linear"]}),
        (
            "umlaut",
            "Overfitting",
            {**FEW, "loss": "bce_logits", "epochs": 40, "batch_size": 16},
        ),
        ("umlaut", "OverconfidentValAccuracy", {"epochs": 15}),
    ],
)
def test_rules_fire_on_their_own_sick_runs(who: str, rule: str, config: dict[str, Any]) -> None:
    assert rule in said(who, **config).checks
    assert rule not in SOUND[who].checks


def test_autotrainer_leaves_a_sound_run_alone() -> None:
    assert not SOUND["autotrainer"].found


def test_causes_come_in_the_order_in_which_rules_fired() -> None:
    found = said("umlaut", data="digits_x255", optimizer={"name": "sgd", "lr": 0.1})
    assert [cause for cause, _ in found.causes][:2] == ["input_not_normalized", "lr_too_high"]
    assert found.first == 0


def test_oscillation_counts_swings() -> None:
    assert _oscillates([0.5, 0.6, 0.5, 0.6, 0.5, 0.6, 0.5])
    assert not _oscillates([0.5, 0.52, 0.51, 0.53, 0.52, 0.54])
    assert _steepest([0.1, 0.4, 0.3]) == pytest.approx(0.3)


def test_a_loss_stalls_where_it_brings_no_new_optimum() -> None:
    assert not _stalled([3.0, 2.0, 1.0], 2)
    assert _stalled([3.0, 2.95, 2.95], 2)
