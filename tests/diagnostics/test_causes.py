import re

import pytest

from diagnostics.causes import CAUSES

# The taxonomy of the diagnosis benchmark: what other people's cases may expect to be named.
TAXONOMY = """
vanishing_gradient exploding_gradient exploding_activations non_finite dead_relu saturation
symmetric_init init_scale_too_large init_scale_too_small bad_initial_loss lr_too_high lr_too_low
lr_decay_too_early oscillating_loss loss_diverging no_learning no_gradient undertrained overfitting
over_regularization dropout_too_high output_activation_mismatch output_range hidden_softmax
loss_function_mismatch double_softmax loss_floor loss_reduction_sum loss_metric_decorrelated
target_shape_broadcast target_not_scaled input_not_normalized input_scale_too_small
label_corruption label_noise input_independent no_signal_in_inputs class_imbalance
batch_size_too_small batch_size_too_large missing_zero_grad parameters_not_updated
gradient_sign_flipped missing_nonlinearity capacity_too_low cannot_overfit_tiny_subset batch_mixing
train_eval_mismatch shifting_augmentation data_leakage
"""


def test_the_causes_are_those_of_the_taxonomy() -> None:
    assert set(TAXONOMY.split()) == set(CAUSES)


@pytest.mark.parametrize("cause", CAUSES)
def test_each_is_said_in_a_short_plain_sentence(cause: str) -> None:
    said = CAUSES[cause]
    assert re.fullmatch(r"[a-z]+(_[a-z]+)*", cause)
    assert said[0].isupper()
    assert not said.endswith(".")
    assert "!" not in said
    assert len(said) <= 80
