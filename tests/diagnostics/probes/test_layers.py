import numpy as np
import pytest
import torch
from torch import nn

from diagnostics.probes.layers import norms, weight_matrices


class Model(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.fc1 = nn.Linear(3, 4)
        self.norm = nn.LayerNorm((2, 2))
        self.frozen = nn.Linear(4, 4).requires_grad_(False)
        self.body = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2))
        self.rnn = nn.LSTM(2, 3)
        self.own = nn.Parameter(torch.ones(2, 2))


def test_layers_are_the_trainable_matrices_named_by_module() -> None:
    found = list(weight_matrices(Model()))
    assert found == ["own", "fc1", "body.0", "rnn.weight_ih_l0", "rnn.weight_hh_l0"]


def test_a_compiled_model_has_the_same_layers() -> None:
    compiled = nn.Module()  # torch.compile's wrapper has this one attribute
    compiled._orig_mod = nn.Sequential(nn.Linear(2, 2))
    assert list(weight_matrices(compiled)) == ["0"]


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
def test_norms_equal_numpy(dtype: torch.dtype) -> None:
    tensors = [torch.randn(4, 5, dtype=dtype), 300 * torch.ones(100, 2, dtype=dtype)]
    expected = [np.sqrt((t.double().numpy() ** 2).sum()) for t in tensors]
    assert norms(tensors).tolist() == pytest.approx(expected, rel=1e-6)


def test_norms_of_mixed_types_are_as_exact_as_the_finest() -> None:
    tensors = [torch.full((4,), 300.0, dtype=torch.float16), torch.ones(9, dtype=torch.float64)]
    assert norms(tensors).tolist() == [600.0, 3.0]
    assert norms(tensors).dtype == torch.float64


def test_norm_of_a_sparse_gradient() -> None:
    table = nn.Embedding(5, 2, sparse=True)
    table(torch.tensor([1, 1, 3])).sum().backward()
    assert table.weight.grad is not None
    dense = table.weight.grad.to_dense().numpy()
    assert norms([table.weight.grad]).tolist() == pytest.approx([np.sqrt((dense**2).sum())])


def test_no_layers_no_norms() -> None:
    assert norms([]).tolist() == []
