"""Rivals train: each as well as the plain loop, and none keeps anything between two calls."""

from pathlib import Path

import pytest
import torch

from bench.fusion.cases import CASES, MOMENTUM, Point, Samples
from bench.fusion.compiled import Compiled
from bench.fusion.networks import network_of
from bench.fusion.rivals import UPDATES, Rival, Tuned, Update, Written, batches, factors
from trainer.events import Ended
from trainer.loop import run
from trainer.menu import part
from trainer.recipe import Recipe, with_values
from trainer.schedules import factor

CASE = CASES["digits"].shortened(trials=2, epochs=4)
GOOD, IDLE = Point(lr=0.1, weight_decay=1e-4), Point(lr=1e-9, weight_decay=0.0)


@pytest.fixture(scope="module")
def samples() -> Samples:
    return CASE.samples(Path("nowhere"))


def seeded(rival: Rival, samples: Samples, points: list[Point]) -> list[float]:
    torch.manual_seed(0)
    return rival.train(CASE, samples, points)


@pytest.mark.parametrize("update", UPDATES)
def test_the_loop_is_as_right_as_ours(samples: Samples, update: Update) -> None:
    recipe = Recipe.model_validate(CASE.study()["recipe"])
    at = {"optimizer.lr": GOOD.lr, "optimizer.weight_decay": GOOD.weight_decay}
    ended = list(run(with_values(recipe, at), preflight=False))[-1]
    assert isinstance(ended, Ended)
    assert ended.checkpoint is not None
    ours = ended.checkpoint.metrics["val_accuracy"]
    found, untrained = seeded(Tuned(update), samples, [GOOD, IDLE])
    assert found == pytest.approx(ours, abs=0.03)
    assert untrained < 0.4


def test_one_trial_with_every_step_seen(samples: Samples) -> None:
    case = CASE.shortened(trials=1, epochs=1)
    torch.manual_seed(0)
    found = Tuned("fused").train(case, samples, [GOOD])[0]
    torch.manual_seed(0)
    model = network_of(case, samples)()
    velocities = [torch.zeros_like(weight) for weight in model.parameters()]
    order = torch.randperm(len(samples.labels))
    for step, rows in enumerate(order.split(case.batch_size)):
        loss = torch.nn.functional.cross_entropy(model(samples.inputs[rows]), samples.labels[rows])
        gradients = torch.autograd.grad(loss, list(model.parameters()))
        lr = GOOD.lr * factors(case, len(order))[step]
        with torch.no_grad():
            for weight, velocity, gradient in zip(
                model.parameters(), velocities, gradients, strict=True
            ):
                velocity.mul_(MOMENTUM).add_(gradient + GOOD.weight_decay * weight)
                weight.sub_(lr * velocity)
    logits = model(samples.val_inputs)
    assert found == (logits.argmax(dim=1) == samples.val_labels).float().mean().item()


@pytest.mark.filterwarnings("ignore:.torch.jit.script_method:DeprecationWarning")  # torch's own
def test_the_compiled_loop_trains_the_same(samples: Samples) -> None:
    with torch.compiler.set_stance("force_eager"):
        seeded(Compiled(), samples, [IDLE])  # draws the network that it keeps
        found = seeded(Compiled(), samples, [GOOD, IDLE])
    assert found == pytest.approx(seeded(Tuned("fused"), samples, [GOOD, IDLE]), abs=0.003)


def test_what_a_user_would_write_learns(samples: Samples) -> None:
    found = seeded(Written(), samples, [GOOD] * 3)
    assert len(found) == 3
    assert max(found) > 0.8


def test_every_sample_comes_once(samples: Samples) -> None:
    numbered = Samples(samples.inputs, torch.arange(len(samples.labels)), *[samples.val_labels] * 2)
    found = list(batches(numbered, 64))
    numbers = torch.cat([labels for _, labels in found])
    assert sorted(numbers.tolist()) == numbered.labels.tolist()
    assert not torch.equal(numbers, numbered.labels)
    for inputs, labels in found:
        assert torch.equal(inputs, samples.inputs[labels])


def test_the_cosine_is_ours(samples: Samples) -> None:
    schedule = part("schedule", Recipe.model_validate(CASE.study()["recipe"]).schedule)
    found = factors(CASE, len(samples.labels))
    assert found == pytest.approx([factor(schedule, t, len(found)) for t in range(len(found))])
