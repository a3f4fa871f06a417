"""The plain loop: it ends where the independent replica ended, and its faults do what they say."""

import math
from typing import Any

import pytest
import torch
from torch import Tensor

from bench.diagnosis.grammar import Case, case_of
from bench.diagnosis.loop import Epoch, Nobody, Outcome, train, trained
from bench.diagnosis.setup import Run, set_up

SGD = {"name": "sgd", "lr": 0.1}
HE = ["he_u", "he_u", "torch"]
MLP = ["2x 64 relu", "10 linear"]


def case(*inject: str, **config: Any) -> Case:
    given = {
        "data": "digits", "layers": MLP, "init": HE, "loss": "ce_logits", "optimizer": SGD,
        "batch_size": 64, "epochs": 15, **config,
    }  # fmt: skip
    extra = {"inject": inject, **given.pop("extra", {})}
    return case_of({"id": "one", "config": given, "extra": extra})


def ended(*inject: str, seed: int = 0, **config: Any) -> Outcome:
    return trained(case(*inject, **config), seed, Nobody())


@pytest.mark.parametrize(
    ("config", "initial", "final", "train_score", "truth"),
    [  # what the replica measured, or the span of its three seeds and a margin
        ({}, (2.2, 2.4), (0.009, 0.012), 1.0, 1.0),
        ({"init": "const:0"}, (2.30, 2.31), (2.29, 2.31), 0.112, 0.092),
        ({"data": "digits_div255"}, (2.29, 2.32), (2.29, 2.31), 0.112, 0.092),
        ({"optimizer": {**SGD, "lr": 0.5}}, (2.2, 2.4), (0.001, 0.002), 1.0, 1.0),
        ({"optimizer": {**SGD, "weight_decay": 0.2}}, (2.2, 2.4), (2.29, 2.31), 0.112, 0.092),
        ({"extra": {"freeze_layers": [0, 1]}}, (2.2, 2.4), (0.3, 0.7), 0.98, 0.985),
    ],
)
def test_digits_end_where_the_replica_ended(
    config: dict[str, Any],
    initial: tuple[float, float],
    final: tuple[float, float],
    train_score: float,
    truth: float,
) -> None:
    found = ended(**config)
    assert found.baseline == pytest.approx(2.301, abs=1e-3)
    assert initial[0] <= found.init_loss <= initial[1]
    assert final[0] <= found.train_loss <= final[1]
    assert found.train_score == pytest.approx(train_score, abs=0.02)
    assert found.truth == pytest.approx(truth, abs=0.02)


def test_values_end_where_the_replica_ended() -> None:
    softmax = ended(
        data="tab01",
        layers=["2x 64 relu", "1 softmax"],
        init=["he_n", "he_n", "glorot_u"],
        loss="mse",
        optimizer={"name": "adam", "lr": 0.001},
        batch_size=32,
        epochs=5,
    )
    assert softmax.baseline == pytest.approx(0.02683, rel=1e-3)
    assert (softmax.init_loss, softmax.train_loss) == pytest.approx((0.388, 0.388), abs=1e-3)
    wild = ended(
        data="tab01_badX",
        layers=["2x 64 relu", "1 linear"],
        init=["he_n", "he_n", "glorot_u"],
        loss="mse",
        optimizer={"name": "sgd", "lr": 0.05},
        batch_size=32,
        epochs=2,
    )
    assert 1e7 < wild.init_loss < 5e7
    assert math.isnan(wild.train_loss)


def test_iris_ends_where_the_replica_ended() -> None:
    found = ended(
        data="iris_std",
        layers=["16 relu", "3 softmax"],
        init=["he_u", "glorot_u"],
        loss="cce_keras",
        optimizer={"name": "adam", "lr": 0.01},
        batch_size=5,
        epochs=50,
    )
    assert found.baseline == pytest.approx(1.095, abs=1e-3)
    assert found.train_score == 1.0
    assert found.truth == pytest.approx(0.88, abs=0.03)


class Recorder:
    """Keeps what a loop says."""

    def __init__(self) -> None:
        self.losses: list[float] = []
        self.epochs: list[Epoch] = []
        self.gradients: list[float] = []

    def begin(self, run: Run, seed: int) -> None:
        self.run = run
        self.before = [p.detach().clone() for p in run.model.parameters()]

    def step(self, loss: Tensor, inputs: Tensor, targets: Tensor) -> None:
        self.losses.append(loss.item())
        first = next(self.run.model.parameters())
        self.gradients.append(0.0 if first.grad is None else float(first.grad.norm()))

    def epoch(self, scores: Epoch) -> None:
        self.epochs.append(scores)

    def moved(self) -> list[bool]:
        pairs = zip(self.before, self.run.model.parameters(), strict=True)
        return [not torch.equal(before, now) for before, now in pairs]


def watched(*inject: str, **config: Any) -> Recorder:
    recorder = Recorder()
    trained(case(*inject, **{"epochs": 2, **config}), 0, recorder)
    return recorder


def test_a_watcher_hears_each_step_and_epoch() -> None:
    found = watched()
    assert len(found.losses) == 2 * math.ceil(1500 / 64) == found.run.total_steps
    assert [each.number for each in found.epochs] == [1, 2]
    first = found.losses[: len(found.losses) // 2]
    assert found.epochs[0].train_loss == pytest.approx(sum(first) / len(first), rel=1e-5)


def test_accumulation_makes_fewer_steps() -> None:
    found = watched(extra={"accumulate": 4})
    assert len(found.losses) == 2 * math.ceil(math.ceil(1500 / 64) / 4) == found.run.total_steps


def test_gradients_pile_up_where_nobody_clears_them() -> None:
    assert max(watched("never call optimizer.zero_grad()").gradients) > 5 * max(watched().gradients)


@pytest.mark.parametrize(
    ("text", "moved"),
    [
        ("never call optimizer.step()", [False] * 6),
        ("the optimizer holds the parameters of another copy of the model", [False] * 6),
        ("zero_grad between backward and step", [False] * 6),
        ("the learning rate is zero", [False] * 6),
        ("the optimizer is given only the last layer's parameters", [False] * 4 + [True] * 2),
        ("the optimizer is given only the first layer's parameters", [True] * 2 + [False] * 4),
        ("the optimizer is given only the biases", [False, True] * 3),
        ("the last layer gets detached features", [False] * 4 + [True] * 2),
    ],
)
def test_parameters_that_faults_leave_alone(text: str, moved: list[bool]) -> None:
    assert watched(text).moved() == moved


def test_ascent_goes_up_and_a_negated_loss_is_negative() -> None:
    slowly = {"epochs": 1, "optimizer": {"name": "sgd", "lr": 0.02}}
    up = watched("maximise the loss", **slowly)
    assert up.losses[-1] > up.losses[0] + 0.2
    assert watched("minimise minus the loss", **slowly).losses[-1] < 0


def test_modes_that_are_left_on() -> None:
    dropped = {"extra": {"dropout": 0.7}, "epochs": 6}
    frozen, sound = watched("model left in eval mode", **dropped), watched(**dropped)
    assert frozen.epochs[-1].train_loss < sound.epochs[-1].train_loss
    noisy = watched("never call model.eval()", **dropped)
    assert noisy.epochs[-1].val_loss is not None
    assert sound.epochs[-1].val_loss is not None
    assert noisy.epochs[-1].val_loss > sound.epochs[-1].val_loss + 0.2


def test_pairs_of_x_and_y() -> None:
    run = set_up(case("each epoch permute x but not y"), 0)
    inputs, _, labels = next(iter(run.batches()))
    rows = [int((run.split.train.inputs == x).all(1).nonzero()[0]) for x in inputs]
    agreeing = (run.split.train.targets[rows] == labels).float().mean()
    assert agreeing < 0.35
    sound = set_up(case(), 0)
    inputs, _, labels = next(iter(sound.batches()))
    rows = [int((sound.split.train.inputs == x).all(1).nonzero()[0]) for x in inputs]
    assert torch.equal(sound.split.train.targets[rows], labels)


def test_faults_of_the_data() -> None:
    flipped = set_up(case("40% of the labels are flipped"), 0).split
    sound = set_up(case(), 0).split
    changed = (flipped.train.targets != sound.train.targets).float().mean()
    assert changed == pytest.approx(0.4, abs=0.05)
    leaked = set_up(case("all validation rows are copies of training rows"), 0).split
    assert leaked.validation is not None
    assert leaked.honest is not None
    known = {tuple(row.tolist()) for row in leaked.train.inputs}
    assert all(tuple(row.tolist()) in known for row in leaked.validation.inputs)
    assert not any(tuple(row.tolist()) in known for row in leaked.honest.inputs)
    ordered = set_up(case("training rows sorted by class"), 0)
    labels = torch.cat([labels for _, _, labels in ordered.batches()])
    assert torch.equal(labels, labels.sort().values)


def test_rows_mix_where_they_should_not() -> None:
    run = set_up(case("features are reshaped across the batch before the last layer"), 0)
    inputs = run.split.train.inputs[:8]
    alone = torch.cat([run.model(row[None]) for row in inputs])
    assert not torch.allclose(run.model(inputs), alone, atol=1e-3)
    sound = set_up(case(), 0)
    alone = torch.cat([sound.model(row[None]) for row in inputs])
    assert torch.allclose(sound.model(inputs), alone, atol=1e-5)


def test_the_same_seed_gives_the_same_run_and_another_one_another() -> None:
    one, two, other = ended(epochs=1), ended(epochs=1), ended(epochs=1, seed=1)
    assert one.train_loss == two.train_loss != other.train_loss


def test_samples_of_either_style_belong_to_the_training_rows() -> None:
    for style in ("plain", "modules"):
        run = set_up(case(), 0, style)
        inputs, targets = run.sample(0)
        assert inputs.shape == (512, 64)
        assert targets.shape == (512,)
        state = run.order.get_state()
        run.sample(0)
        assert torch.equal(run.order.get_state(), state)  # the loop's order is not touched


def test_bf16_clipping_and_schedules_are_taken() -> None:
    class Rates(Recorder):
        def epoch(self, scores: Epoch) -> None:
            super().epoch(scores)
            self.losses.append(self.run.optimizer.param_groups[0]["lr"])

    seen = Rates()
    extra = {"amp": True, "clip": 1e-6, "lr_schedule": "0.1 * 0.5 ** epoch"}
    run = set_up(case(epochs=2, extra=extra), 0)
    train(run, 0, seen)
    assert [seen.losses[len(seen.losses) // 2 - 1], seen.losses[-1]] == pytest.approx([0.1, 0.05])
    assert 0 < max(seen.gradients) <= 1.1e-6
