"""The signals a history can hold: the words that probes, checks, SQL and plots share.

A signal is measured once an epoch (aggregated over its steps where it is a per-step quantity).
Epoch 0 is the model before its first update. A value that is not finite travels as None.
"""

from dataclasses import dataclass
from enum import StrEnum


class Grain(StrEnum):
    """What one recorded value is: a number, a number per layer, or a short list by step."""

    SCALAR = "scalar"
    LAYER = "layer"
    STEPS = "steps"


@dataclass(frozen=True)
class Signal:
    """`unit` is empty for pure numbers; `meaning` is the sentence that the dashboard shows."""

    name: str
    grain: Grain
    unit: str
    meaning: str


SIGNALS: dict[str, Signal] = {
    s.name: s
    for s in (
        Signal("train_loss", Grain.SCALAR, "nat", "Mean training loss over the epoch's steps"),
        Signal("val_loss", Grain.SCALAR, "nat", "Validation loss after the epoch"),
        Signal("train_accuracy", Grain.SCALAR, "", "Training accuracy over the epoch's steps"),
        Signal("val_accuracy", Grain.SCALAR, "", "Validation accuracy after the epoch"),
        Signal("lr", Grain.SCALAR, "", "Learning rate at the epoch's last step"),
        Signal("loss_first", Grain.SCALAR, "nat", "Training loss of the epoch's first step"),
        Signal("loss_max", Grain.SCALAR, "nat", "Largest training loss of any step of the epoch"),
        Signal(
            "non_finite_step",
            Grain.SCALAR,
            "step",
            "First step of the epoch, from 1, whose loss or weights were not finite",
        ),
        Signal("update_ratio", Grain.LAYER, "", "‖Δw‖/‖w‖ of one step, median over the epoch"),
        Signal("weight_norm", Grain.LAYER, "", "‖w‖ at the epoch's end"),
        Signal("gradient_norm", Grain.LAYER, "", "‖∂L/∂w‖, median over the epoch"),
        Signal("initial_loss", Grain.SCALAR, "nat", "Loss before any update, regularisation off"),
        Signal("prior_entropy", Grain.SCALAR, "nat", "Entropy of the class shares in training"),
        Signal("val_accuracy_low", Grain.SCALAR, "", "Lower end of the accuracy's interval"),
        Signal("val_accuracy_high", Grain.SCALAR, "", "Upper end of the accuracy's interval"),
        Signal("fold_val_loss", Grain.LAYER, "nat", "Validation loss of each fold"),
        Signal("fold_val_accuracy", Grain.LAYER, "", "Validation accuracy of each fold"),
        Signal("mc_entropy", Grain.SCALAR, "nat", "Mean entropy of the MC-dropout prediction"),
        Signal(
            "mc_mutual_information",
            Grain.SCALAR,
            "nat",
            "Mean part of that entropy that more data would take away",
        ),
        Signal(
            "pretraining_loss",
            Grain.LAYER,
            "",
            "Mean squared error of what a layer gives back, at the end of its pretraining",
        ),
        Signal("subset_loss", Grain.STEPS, "nat", "Loss on the tiny subset, pass by pass"),
        Signal("subset_accuracy", Grain.STEPS, "", "Accuracy on the tiny subset, pass by pass"),
    )
}
