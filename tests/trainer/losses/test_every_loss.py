"""What holds for every loss: its gradient, its tasks, and batches that teach nothing."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from trainer.errors import BadRecipe
from trainer.form import Form, Task
from trainer.losses import model_form
from trainer.menu import part
from trainer.recipe import entries
from trainer.recipe.losses import Loss

LOSSES = entries(Loss)
EMBEDDING = [name for name, kind in LOSSES.items() if kind.embeds]
COMPARING = ["contrastive", "triplet"]  # samples with each other, so one alone costs nothing
SOFT = [name for name, kind in LOSSES.items() if kind.soft_targets]
FORMS: dict[Task, Form] = {
    "classification": Form((6,), 3),
    "segmentation": Form((1, 4, 4), 3, "segmentation"),
    "regression": Form((6,), 3, "regression"),
}
FITTING = [(name, task) for name, kind in LOSSES.items() for task in sorted(kind.tasks)]
OTHERS = [(name, task) for name, kind in LOSSES.items() for task in sorted(set(FORMS) - kind.tasks)]


def chosen(name: str) -> Loss:
    return LOSSES[name].model_validate({"dimensions": 4} if name in EMBEDDING else {})


def built(name: str, task: Task = "classification") -> nn.Module:
    torch.manual_seed(0)
    module: nn.Module = part("loss", chosen(name)).build(FORMS[task])
    return module


def batch(name: str, task: Task, samples: int = 12) -> tuple[Tensor, Tensor]:
    torch.manual_seed(1)
    form = FORMS[task]
    outputs = model_form(chosen(name), form).outputs
    pixels = form.shape[1:] if task == "segmentation" else ()
    x = torch.randn(samples, outputs, *pixels, dtype=torch.float64, requires_grad=True)
    if task == "regression":
        return x, torch.randn(samples, form.outputs, dtype=torch.float64)
    return x, torch.randint(form.outputs, (samples, *pixels))


@pytest.mark.parametrize(("name", "task"), FITTING)
def test_a_scalar_with_the_right_gradient(name: str, task: Task) -> None:
    loss = built(name, task).double()
    x, targets = batch(name, task)
    assert loss(x, targets).shape == ()
    assert torch.autograd.gradcheck(lambda outputs: loss(outputs, targets), x)


@pytest.mark.parametrize("name", ["center", "arcface"])
def test_the_gradient_of_a_losss_own_weights(name: str) -> None:
    loss = built(name).double()
    x, targets = batch(name, "classification")
    own = dict(loss.named_parameters())

    def of(*values: Tensor) -> Tensor:
        named = dict(zip(own, values, strict=True))
        found: Tensor = torch.func.functional_call(loss, named, (x.detach(), targets))
        return found

    assert own
    assert torch.autograd.gradcheck(of, tuple(own.values()))


@pytest.mark.parametrize(("name", "task"), [pair for pair in FITTING if pair[0] not in COMPARING])
def test_a_mean_over_the_batch(name: str, task: Task) -> None:
    x, targets = batch(name, task)
    loss = built(name, task).double()
    alone = [loss(x[i : i + 1], targets[i : i + 1]) for i in range(len(x))]
    torch.testing.assert_close(loss(x, targets), torch.stack(alone).mean())


@pytest.mark.parametrize(("name", "task"), OTHERS)
def test_other_tasks_are_refused_with_what_to_take(name: str, task: Task) -> None:
    with pytest.raises(BadRecipe, match=rf"^loss\.name: is not for {task}; take .*{name}"):
        built(name, task)


@pytest.mark.parametrize("name", SOFT)
def test_certain_shares_are_labels(name: str) -> None:
    task: Task = "segmentation" if name == "dice" else "classification"
    x, labels = batch(name, task)
    shares = nn.functional.one_hot(labels, 3).movedim(-1, 1).double()
    loss = built(name, task)
    torch.testing.assert_close(loss(x, shares), loss(x, labels))


@pytest.mark.parametrize("name", LOSSES)
def test_the_model_puts_out_classes_or_an_embedding(name: str) -> None:
    form = FORMS["classification"]
    wanted = 4 if name in EMBEDDING else form.outputs
    assert model_form(chosen(name), form) == Form(form.shape, wanted)


@pytest.mark.parametrize("name", EMBEDDING)
@given(
    labels=st.lists(st.integers(0, 2), min_size=1, max_size=12),
    kind=st.sampled_from(["random", "equal", "zero", "tiny", "one zero"]),
)
@settings(max_examples=40)
def test_never_nan(name: str, labels: list[int], kind: str) -> None:
    """Single samples, one class, no class twice, coinciding embeddings: finite, with a graph."""
    x = torch.randn(len(labels), 4)
    x = {"equal": x[:1].expand_as(x), "zero": 0 * x, "tiny": 1e-20 * x}.get(kind, x).clone()
    if kind == "one zero":
        x[0] = 0
    x.requires_grad_()
    loss = built(name)(x, torch.tensor(labels))
    loss.backward()
    assert loss.isfinite()
    assert x.grad is not None
    assert x.grad.isfinite().all()


@pytest.mark.parametrize("name", COMPARING)
def test_nothing_to_compare_costs_nothing(name: str) -> None:
    x = torch.randn(1, 4, requires_grad=True)
    loss = built(name)(x, torch.tensor([2]))
    loss.backward()
    assert loss.item() == 0
    assert x.grad is not None
    assert not x.grad.any()
