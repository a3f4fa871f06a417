"""Copies to try things on, and that nothing of it is left in what they were copied from."""

import copy
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.optim import Optimizer

from diagnostics import preflight
from diagnostics.probes.copies import NotCopied, copied, plain
from tests.diagnostics.digits import digits, mlp

SECONDS = 0.5  # of a tiny subset
Make = Callable[[], tuple[nn.Module, Optimizer]]


class Tied(nn.Module):
    """Its last layer has the weight of its embedding."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(17, 8)
        self.output = nn.Linear(8, 17)
        self.output.weight = self.embedding.weight

    def forward(self, tokens: Tensor) -> Tensor:
        outputs: Tensor = self.output(self.embedding(tokens).mean(1))
        return outputs


def conv() -> nn.Module:
    """Ten classes of 8 × 8 images; batch norm and dropout."""
    return nn.Sequential(
        nn.Unflatten(1, (1, 8, 8)),
        nn.Conv2d(1, 6, 3, padding=1),
        nn.BatchNorm2d(6),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Dropout(0.3),
        nn.Linear(96, 10),
    )


def regular() -> nn.Module:
    """Two halves in different modes, and a frozen layer."""
    model = nn.Sequential(nn.Linear(64, 32), nn.BatchNorm1d(32), nn.Tanh(), nn.Dropout(0.5))
    model.append(nn.Linear(32, 32).requires_grad_(False)).append(nn.Linear(32, 10))
    model[1].eval()
    return model


def sample() -> tuple[Tensor, Tensor]:
    inputs, labels = digits()
    return inputs[:60], labels[:60]


def tokens() -> tuple[Tensor, Tensor]:
    drawn = torch.randint(0, 17, (40, 5), generator=torch.Generator().manual_seed(0))
    return drawn, drawn[:, 0]


def everything(model: nn.Module, optimizer: Optimizer) -> dict[str, Any]:
    """A copy of all that a run has."""
    return copy.deepcopy(
        {
            "state": model.state_dict(),
            "gradients": {name: p.grad for name, p in model.named_parameters()},
            "needs": {name: p.requires_grad for name, p in model.named_parameters()},
            "modes": {name: m.training for name, m in model.named_modules()},
            "hooks": [len(m._forward_hooks) + len(m._forward_pre_hooks) for m in model.modules()],
            "optimizer": optimizer.state_dict(),
            "random": torch.get_rng_state(),
        }
    )


def assert_same(one: Any, two: Any) -> None:
    if isinstance(one, Tensor):
        assert one.dtype == two.dtype
        assert torch.equal(one, two)
    elif isinstance(one, dict):
        assert one.keys() == two.keys()
        for key in one:
            assert_same(one[key], two[key])
    elif isinstance(one, list | tuple):
        assert len(one) == len(two)
        for left, right in zip(one, two, strict=True):
            assert_same(left, right)
    else:
        assert one == two


def stepped(model: nn.Module, optimizer: Optimizer, inputs: Tensor, targets: Tensor) -> None:
    """Two steps, and a gradient that waits for the third."""
    for _ in range(2):
        optimizer.zero_grad()
        torch.autograd.backward(F.cross_entropy(model(inputs), targets))
        optimizer.step()


@pytest.mark.parametrize(
    ("make", "data"),
    [(mlp, sample), (conv, sample), (regular, sample), (Tied, tokens)],
    ids=["mlp", "cnn with batch norm and dropout", "modes and a frozen layer", "tied weights"],
)
@pytest.mark.parametrize("kind", ["sgd", "adamw"])
def test_preflight_leaves_everything_exactly_as_it_was(
    make: Callable[[], nn.Module], data: Callable[[], tuple[Tensor, Tensor]], kind: str
) -> None:
    torch.manual_seed(3)
    model, (inputs, targets) = make(), data()
    free = [p for p in model.parameters() if p.requires_grad]
    optimizer: Optimizer = torch.optim.AdamW(free, lr=0.01)
    if kind == "sgd":
        optimizer = torch.optim.SGD(free, lr=0.05, momentum=0.9, weight_decay=1e-3)
    stepped(model, optimizer, inputs, targets)
    torch.rand(3)
    before, rows = everything(model, optimizer), (inputs.clone(), targets.clone())
    report = preflight(
        model, F.cross_entropy, inputs, targets, optimizer=optimizer, seconds=SECONDS
    )
    assert_same(everything(model, optimizer), before)
    assert_same((inputs, targets), rows)
    assert report.history.rows[0]["initial_loss"] is not None


def test_preflight_says_the_same_again() -> None:
    model = conv()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
    inputs, labels = sample()
    histories = []
    for _ in range(2):
        report = preflight(model, F.cross_entropy, inputs, labels, optimizer=optimizer, seconds=60)
        histories.append(report.history.to_dict())
        torch.rand(5)
    assert histories[0] == histories[1]


def test_a_loss_with_weights_of_its_own_is_copied_too() -> None:
    class Learned(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.scale = nn.Parameter(torch.zeros(1))

        def forward(self, outputs: Tensor, targets: Tensor) -> Tensor:
            return F.cross_entropy(self.scale.exp() * outputs, targets)

    model, loss_fn = mlp(), Learned()
    optimizer = torch.optim.SGD([*model.parameters(), *loss_fn.parameters()], lr=0.1)
    preflight(model, loss_fn, *sample(), optimizer=optimizer, seconds=SECONDS)
    assert loss_fn.scale.item() == 0.0
    assert loss_fn.scale.grad is None
    _, own, criterion = copied(model, optimizer, loss_fn)
    held = {id(p) for group in own.param_groups for p in group["params"]}
    assert id(criterion.scale) in held
    assert id(loss_fn.scale) not in held


def test_the_copied_optimizer_has_the_copied_weights_and_its_state() -> None:
    model = mlp()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    stepped(model, optimizer, *sample())
    pupil, own, loss_fn = copied(model, optimizer, F.cross_entropy)
    held = [id(p) for group in own.param_groups for p in group["params"]]
    assert held == [id(p) for p in pupil.parameters()]
    assert loss_fn is F.cross_entropy
    assert_same(own.state_dict(), optimizer.state_dict())
    assert all(p.grad is None for p in pupil.parameters())
    stepped(pupil, own, *sample())
    assert not torch.equal(pupil[0].weight, model.get_parameter("0.weight"))


def test_tied_weights_stay_tied() -> None:
    pupil, _, _ = copied(Tied(), None, F.cross_entropy)
    assert pupil.embedding.weight is pupil.output.weight


def test_a_compiled_model_is_copied_by_what_it_wraps() -> None:
    model = mlp()
    compiled: Any = torch.compile(model, backend="eager")
    assert plain(compiled) is model
    assert plain(model) is model
    pupil, _, _ = copied(compiled, None, F.cross_entropy)
    assert type(pupil) is type(model)


def test_a_model_that_keeps_its_last_outputs_is_copied_all_the_same() -> None:
    class Keeps(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.fc = nn.Linear(64, 10)
            self.last = torch.zeros(1)

        def forward(self, inputs: Tensor) -> Tensor:
            self.last = self.fc(inputs)
            return self.last

    model = Keeps()
    kept: Tensor = model(sample()[0])
    pupil, _, _ = copied(model, None, F.cross_entropy)
    assert model.last is kept
    assert kept.requires_grad
    assert torch.equal(pupil.last, kept)


def test_a_model_that_cannot_be_copied_is_named() -> None:
    class Generates(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.fc = nn.Linear(64, 10)
            self.source = (n for n in range(3))

        def forward(self, inputs: Tensor) -> Tensor:
            outputs: Tensor = self.fc(inputs)
            return outputs

    with pytest.raises(NotCopied, match="cannot be copied"):
        preflight(Generates(), F.cross_entropy, *sample())


@pytest.mark.parametrize("rows", [0, 3])
def test_preflight_refuses_a_sample_that_is_none(rows: int) -> None:
    inputs, labels = sample()
    with pytest.raises(ValueError, match=f"{rows} inputs and 0 targets"):
        preflight(mlp(), F.cross_entropy, inputs[:rows], labels[:0])
