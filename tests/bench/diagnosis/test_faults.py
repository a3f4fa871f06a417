"""Sentences of case files and the faults they stand for."""

import pytest

from bench.diagnosis.faults import KINDS, Fault, FaultError, fault_of


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_is_known_by_its_own_description(kind: str) -> None:
    assert fault_of(KINDS[kind][0]).kind == kind


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("never call optimizer.zero_grad()", Fault("no_zero_grad")),
        ("each epoch permute x but not y", Fault("misaligned")),
        ("shuffle the labels every epoch", Fault("misaligned")),
        ("zero_grad between backward and step", Fault("late_zero_grad")),
        ("maximise the loss", Fault("ascent")),
        ("gradient ascent instead of descent", Fault("ascent")),
        ("wrong sign of the update", Fault("ascent")),
        ("optimizer given only the last layer's parameters", Fault("last_layer_only")),
        ("optimizer holds the parameters of an old model", Fault("stale_optimizer")),
        ("model left in eval mode", Fault("no_train_mode")),
        ("never call model.train() after the first validation", Fault("no_train_mode")),
        ("never call model.eval()", Fault("no_eval_mode")),
        ("labels shuffled once", Fault("shuffled_labels")),
        ("20% of the labels flipped", Fault("flipped_labels", 0.2)),
        ("0.3 of labels are wrong", Fault("flipped_labels", 0.3)),
        ("half of the training labels replaced at random", Fault("flipped_labels", 0.5)),
        ("validation rows are copies of training rows", Fault("overlap", 1.0)),
        ("30% of validation rows leak from training", Fault("overlap", 0.3)),
        ("loss summed over the batch", Fault("summed_loss")),
        ("validation inputs shifted by 3 standard deviations", Fault("shifted_validation", 3.0)),
        ("validation inputs are not normalised", Fault("scaled_validation", 5.0)),
        ("normalise hidden features over the wrong axis", Fault("mixed_norm")),
        ("softmax over dim=0", Fault("mixed_softmax")),
        ("train rows sorted by class, no shuffling", Fault("sorted_rows")),
        ("apply softmax before the loss", Fault("double_softmax")),
        ("replace x by noise", Fault("noise_inputs")),
        ("gradients clipped to norm 1e-3", Fault("tiny_clip", 1e-3)),
    ],
)
def test_other_ways_to_say_it(text: str, fault: Fault) -> None:
    assert fault_of(text) == fault


def test_a_sentence_that_stands_for_nothing_is_refused() -> None:
    with pytest.raises(FaultError, match="'drink tea' stands for no fault"):
        fault_of("drink tea")
