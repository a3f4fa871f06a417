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
        Signal(
            "zero_gradient_share",
            Grain.LAYER,
            "",
            "Share of a layer's weights whose gradient is exactly zero over a window of steps",
        ),
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
        Signal("loss_std", Grain.SCALAR, "nat", "Standard deviation of the epoch's step losses"),
        Signal("steps", Grain.SCALAR, "step", "Optimizer steps of the epoch"),
        Signal("stale_gradient", Grain.SCALAR, "", "Share of steps that kept older gradients"),
        Signal("downhill", Grain.SCALAR, "", "Cosine of the update and the way downhill, median"),
        Signal(
            "gradient_agreement",
            Grain.SCALAR,
            "",
            "Cosine of the last step's gradient and that of a fixed sample",
        ),
        Signal("clipped_steps", Grain.SCALAR, "", "Share of steps whose gradient was clipped"),
        Signal(
            "val_calibration_error",
            Grain.SCALAR,
            "",
            "Mean distance of certainty and accuracy (expected calibration error)",
        ),
        Signal(
            "confused_classes",
            Grain.LAYER,
            "",
            "Share of a class's validation samples that are taken for another class",
        ),
        Signal("evaluation_mode", Grain.SCALAR, "", "Share of the steps in evaluation mode"),
        Signal("sample_loss", Grain.SCALAR, "nat", "Loss of a fixed sample, regularisation off"),
        Signal(
            "running_loss", Grain.SCALAR, "nat", "The same, batch norm by its running statistics"
        ),
        Signal("batch_size", Grain.SCALAR, "", "Rows that the model was given at a step"),
        Signal("activation_rms", Grain.LAYER, "", "Root mean square of what a layer puts out"),
        Signal(
            "activation_spread",
            Grain.LAYER,
            "",
            "Deviation of a layer's output over the samples, as a share of its size",
        ),
        Signal("dead_units", Grain.LAYER, "", "Share of units that are zero for every sample"),
        Signal("saturated_units", Grain.LAYER, "", "Share of units at the ends of their function"),
        Signal("softmax_inside", Grain.LAYER, "", "A softmax before the last layer"),
        Signal("baseline_loss", Grain.SCALAR, "nat", "Loss of the best prediction without inputs"),
        Signal("blank_loss", Grain.SCALAR, "nat", "Loss of outputs that say nothing"),
        Signal("redrawn_loss", Grain.SCALAR, "nat", "Initial loss, mean over shuffled weights"),
        Signal("output_rms", Grain.SCALAR, "", "Root mean square of the first outputs"),
        Signal("weight_gain", Grain.LAYER, "", "Root mean square of the first weights · √fan-in"),
        Signal("unit_symmetry", Grain.LAYER, "", "Share of units that begin equal to another"),
        Signal("unused_parameters", Grain.SCALAR, "", "Tensors that the loss does not reach"),
        Signal("in_optimizer", Grain.SCALAR, "", "Trainable tensors that the optimizer has"),
        Signal("not_in_optimizer", Grain.SCALAR, "", "Trainable tensors the optimizer lacks"),
        Signal("batch_mixing", Grain.SCALAR, "", "How far other samples move a sample's output"),
        Signal("input_broken", Grain.SCALAR, "", "Share of the inputs that are not finite"),
        Signal("target_broken", Grain.SCALAR, "", "Share of the targets that are not finite"),
        Signal("input_rms", Grain.SCALAR, "", "Root mean square of the inputs"),
        Signal("input_largest", Grain.SCALAR, "", "Largest absolute input"),
        Signal("constant_features", Grain.SCALAR, "", "Share of features that never change"),
        Signal("duplicate_features", Grain.SCALAR, "", "Share of features that repeat another"),
        Signal("feature_rms_low", Grain.SCALAR, "", "Size of the smallest feature"),
        Signal("feature_rms_high", Grain.SCALAR, "", "Size of the largest feature"),
        Signal("distinct_rows", Grain.SCALAR, "", "How many different rows there are"),
        Signal("duplicate_rows", Grain.SCALAR, "", "Share of rows that repeat another"),
        Signal("conflicting_rows", Grain.SCALAR, "", "Rows with equal inputs, other targets"),
        Signal("class_share", Grain.LAYER, "", "Share of each class in the sample"),
        Signal("labels_outside", Grain.SCALAR, "", "Share of labels that are no class"),
        Signal("target_mean", Grain.SCALAR, "", "Mean of the targets"),
        Signal("target_std", Grain.SCALAR, "", "Standard deviation of the targets"),
        Signal("target_low", Grain.SCALAR, "", "Smallest target"),
        Signal("target_high", Grain.SCALAR, "", "Largest target"),
        Signal("predictability", Grain.SCALAR, "", "What simple predictors gain from the inputs"),
        Signal("predictability_z", Grain.SCALAR, "", "The same in standard errors"),
        Signal("val_overlap", Grain.SCALAR, "", "Validation rows that are training rows too"),
        Signal("tiny_rows", Grain.SCALAR, "", "Rows of the two-optimizer probe"),
        Signal("tiny_baseline", Grain.SCALAR, "nat", "Their loss without inputs"),
        Signal("tiny_own_loss", Grain.STEPS, "nat", "Loss on them, the run's own optimizer"),
        Signal("tiny_own_accuracy", Grain.SCALAR, "", "Accuracy on them at the end of that"),
        Signal("tiny_own_steps", Grain.SCALAR, "step", "Steps of that"),
        Signal("tiny_reference_loss", Grain.STEPS, "nat", "Loss on them, a reference Adam"),
        Signal("tiny_reference_accuracy", Grain.SCALAR, "", "Accuracy at the end of that"),
        Signal("tiny_reference_steps", Grain.SCALAR, "step", "Steps of that"),
        Signal("tiny_lower_loss", Grain.STEPS, "nat", "Loss on them at a tenth of the lr"),
        Signal("tiny_lower_accuracy", Grain.SCALAR, "", "Accuracy at the end of that"),
        Signal("tiny_lower_steps", Grain.SCALAR, "step", "Steps of that"),
        Signal("tiny_higher_loss", Grain.STEPS, "nat", "Loss on them at ten times the lr"),
        Signal("tiny_higher_accuracy", Grain.SCALAR, "", "Accuracy at the end of that"),
        Signal("tiny_higher_steps", Grain.SCALAR, "step", "Steps of that"),
        Signal("lr_test_before", Grain.STEPS, "nat", "Loss of parts of the sample, as it is"),
        Signal("lr_test_lower", Grain.STEPS, "nat", "The same after a short try at lr × 0.3"),
        Signal("lr_test_same", Grain.STEPS, "nat", "The same after one at the run's own lr"),
        Signal("lr_test_higher", Grain.STEPS, "nat", "The same after one at lr × 3"),
        Signal("subset_loss", Grain.STEPS, "nat", "Loss on the tiny subset, pass by pass"),
        Signal("subset_accuracy", Grain.STEPS, "", "Accuracy on the tiny subset, pass by pass"),
    )
}
