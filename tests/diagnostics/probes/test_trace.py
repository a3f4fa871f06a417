"""One forward pass seen from inside, against hooks and functions written by hand."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from diagnostics.probes.trace import Trace, traced

INPUTS = torch.randn(6, 4, generator=torch.Generator().manual_seed(0))


class Functional(nn.Module):
    """Activations as functions and methods, none of them a module."""

    def __init__(self, end: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.fc1 = nn.Linear(4, 5)
        self.fc2 = nn.Linear(5, 3)
        self.end = end

    def forward(self, inputs: Tensor) -> Tensor:
        hidden = F.relu(self.fc1(inputs))
        return self.end(self.fc2(torch.tanh(hidden).sigmoid()))


def told(trace: Trace) -> list[tuple[str, str]]:
    return [(step.name, step.kind) for step in trace.steps]


def test_modules_are_told_in_the_order_they_ran() -> None:
    model = nn.Sequential(nn.Linear(4, 5), nn.ReLU(), nn.BatchNorm1d(5), nn.Linear(5, 3))
    trace = traced(model, INPUTS)
    assert told(trace) == [("0", "linear"), ("1", "relu"), ("2", "batchnorm1d"), ("3", "linear")]
    assert [step.weighted for step in trace.steps] == [True, False, False, True]
    assert torch.equal(trace.steps[0].output, model[0](INPUTS))
    assert trace.output is trace.steps[-1].output
    assert trace.output_activation is None


def test_functions_are_told_after_the_layer_that_feeds_them() -> None:
    trace = traced(Functional(nn.Identity()), INPUTS)
    assert told(trace)[:5] == [
        ("fc1", "linear"),
        ("fc1.relu", "relu"),
        ("fc1.tanh", "tanh"),
        ("fc1.sigmoid", "sigmoid"),
        ("fc2", "linear"),
    ]
    assert trace.output_activation is None


@pytest.mark.parametrize(
    ("end", "kind"),
    [
        (lambda o: F.softmax(o, 1), "softmax"),
        (lambda o: o.softmax(1), "softmax"),
        (lambda o: torch.log_softmax(o, 1), "log_softmax"),
        (torch.sigmoid, "sigmoid"),
        (lambda o: o.sigmoid_(), "sigmoid"),
        (lambda o: o.exp(), "exp"),
        (F.softplus, "softplus"),
        (F.leaky_relu, "leaky_relu"),
        (nn.Softmax(dim=1), "softmax"),
        (nn.Sigmoid(), "sigmoid"),
        (lambda o: torch.sigmoid(o) * 2, None),
        (lambda o: o - o.mean(), None),
    ],
)
def test_the_function_that_makes_the_outputs(end: Callable[[Tensor], Tensor], kind: str) -> None:
    assert traced(Functional(end), INPUTS).output_activation == kind


@pytest.mark.parametrize(
    ("module", "kind"),
    [
        (nn.ReLU(), "relu"),
        (nn.ReLU(inplace=True), "relu"),
        (nn.ReLU6(), "relu6"),
        (nn.LeakyReLU(), "leaky_relu"),
        (nn.ELU(), "elu"),
        (nn.SELU(), "selu"),
        (nn.GELU(), "gelu"),
        (nn.SiLU(), "silu"),
        (nn.Softplus(), "softplus"),
        (nn.PReLU(), "prelu"),
        (nn.Sigmoid(), "sigmoid"),
        (nn.Hardsigmoid(), "hardsigmoid"),
        (nn.Tanh(), "tanh"),
        (nn.Hardtanh(), "hardtanh"),
        (nn.Softsign(), "softsign"),
        (nn.Softmax(1), "softmax"),
        (nn.LogSoftmax(1), "log_softmax"),
    ],
)
def test_an_activation_is_told_once_by_its_kind(module: nn.Module, kind: str) -> None:
    trace = traced(nn.Sequential(nn.Linear(4, 3), module), INPUTS)
    assert told(trace) == [("0", "linear"), ("1", kind)]
    assert trace.output_activation == kind


def test_a_module_that_runs_twice_is_told_twice() -> None:
    shared = nn.Linear(4, 4)
    trace = traced(nn.Sequential(shared, nn.Tanh(), shared), INPUTS)
    assert [step.kind for step in trace.steps] == ["linear", "tanh", "linear"]


def test_a_layer_may_give_several_tensors() -> None:
    class Recurrent(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.rnn = nn.LSTM(4, 5, batch_first=True)
            self.head = nn.Linear(5, 2)

        def forward(self, inputs: Tensor) -> Tensor:
            outputs: Tensor = self.head(self.rnn(inputs.unsqueeze(1))[0][:, -1])
            return outputs

    assert told(traced(Recurrent(), INPUTS)) == [("rnn", "lstm"), ("head", "linear")]


def test_attention_is_told_by_its_function() -> None:
    class Attends(nn.Module):
        def forward(self, inputs: Tensor) -> Tensor:
            return F.scaled_dot_product_attention(inputs, inputs, inputs)

    model = nn.Sequential(Attends(), nn.TransformerEncoderLayer(4, 2, 8, batch_first=True))
    kinds = [step.kind for step in traced(model, INPUTS.reshape(2, 3, 4)).steps]
    assert kinds[:2] == ["scaled_dot_product_attention", "multiheadattention"]
    assert "relu" in kinds
    assert "softmax" not in kinds


def test_the_pass_is_the_models_own_and_leaves_nothing_behind() -> None:
    model = Functional(torch.sigmoid)
    expected = model(INPUTS)
    assert torch.equal(traced(model, INPUTS).output, expected)
    assert not any(m._forward_hooks or m._forward_pre_hooks for m in model.modules())


def test_a_model_that_fails_is_left_without_hooks() -> None:
    def fails(outputs: Tensor) -> Tensor:
        raise ZeroDivisionError

    model = Functional(fails)
    with pytest.raises(ZeroDivisionError):
        traced(model, INPUTS)
    assert not any(m._forward_hooks or m._forward_pre_hooks for m in model.modules())


def test_gradients_are_recorded_where_they_are_enabled() -> None:
    model = Functional(nn.Identity())
    assert traced(model, INPUTS).output.requires_grad
    with torch.no_grad():
        assert not traced(model, INPUTS).output.requires_grad


def test_a_compiled_model_has_the_same_names() -> None:
    compiled: Any = torch.compile(nn.Sequential(nn.Linear(4, 3), nn.ReLU()), backend="eager")
    names = [step.name for step in traced(compiled, INPUTS).steps]
    assert not any("_orig_mod" in name for name in names)
