"""Monte-Carlo dropout: its numbers against a slow twin, and that it leaves no trace."""

import copy
import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from trainer import mc_dropout
from trainer.errors import BadRecipe
from trainer.mc_dropout import Predictive, predict

CLASSES = 4


def network(kind: type[nn.Module] = nn.Dropout, p: float = 0.5) -> nn.Module:
    torch.manual_seed(0)
    hidden = [nn.Linear(6, 32), nn.BatchNorm1d(32), nn.ReLU(), kind(p)]
    return nn.Sequential(*hidden, nn.Linear(32, CLASSES))


def inputs(samples: int = 20) -> torch.Tensor:
    return torch.randn(samples, 6, generator=torch.Generator().manual_seed(1))


def test_shapes_and_ranges() -> None:
    found = predict(network(), inputs(), passes=10, seed=0)
    assert found.mean.shape == (20, CLASSES)
    assert found.entropy.shape == found.mutual_information.shape == (20,)
    torch.testing.assert_close(found.mean.sum(dim=1), torch.ones(20, dtype=torch.float64))
    assert (found.entropy <= math.log(CLASSES)).all()
    assert (found.mutual_information <= found.entropy).all()
    assert (found.mutual_information > 0).any()


class Recorder(nn.Module):
    """Keeps what passes through."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[torch.Tensor] = []

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        self.seen.append(x)
        return x


def test_formula() -> None:
    recorder = Recorder()
    found = predict(nn.Sequential(network(), recorder), inputs(), passes=7, seed=0)
    p = torch.stack(recorder.seen).double().softmax(dim=2).numpy()
    assert p.shape == (7, 20, CLASSES)
    mean = p.mean(axis=0)
    entropy = -(mean * np.log(mean)).sum(axis=1)
    information = entropy + (p * np.log(p)).sum(axis=2).mean(axis=0)
    np.testing.assert_allclose(found.mean, mean, rtol=1e-12)
    np.testing.assert_allclose(found.entropy, entropy, rtol=1e-12)
    np.testing.assert_allclose(found.mutual_information, information, atol=1e-12)


@given(
    p=st.floats(0.01, 0.99),
    scale=st.floats(0, 1e4),
    passes=st.integers(1, 6),
    seed=st.integers(0, 2**31),
)
@settings(max_examples=50)
def test_disagreement_is_never_negative(p: float, scale: float, passes: int, seed: int) -> None:
    found = predict(network(p=p), scale * inputs(), passes, seed)
    assert (found.mutual_information >= 0).all()
    assert (found.mutual_information <= found.entropy + 1e-9).all()
    if passes == 1:
        assert (found.mutual_information < 1e-9).all()


KINDS = {
    "dropout": nn.Dropout,
    "alpha": nn.AlphaDropout,
    "feature alpha": nn.FeatureAlphaDropout,
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_dropout_is_on(kind: str) -> None:
    found = predict(network(KINDS[kind]), inputs(), passes=5, seed=0)
    assert (found.mutual_information > 1e-6).any()


def test_spatial_dropout_is_on() -> None:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Conv2d(1, 8, 3), nn.Dropout2d(0.5), nn.Flatten(), nn.Linear(32, 3))
    found = predict(model, torch.randn(5, 1, 4, 4), passes=5, seed=0)
    assert (found.mutual_information > 1e-6).all()


@pytest.mark.parametrize("training", [True, False])
def test_model_and_random_numbers_stay_as_they_were(training: bool) -> None:
    model = network().train(training)
    model[1].eval()  # a module of another mode than the rest
    modes = [module.training for module in model.modules()]
    state, random = copy.deepcopy(model.state_dict()), torch.get_rng_state()
    predict(model, inputs(), passes=3, seed=0)
    assert [module.training for module in model.modules()] == modes
    assert torch.equal(torch.get_rng_state(), random)
    torch.testing.assert_close(model.state_dict(), state, rtol=0, atol=0)


def test_the_modes_come_back_after_an_error() -> None:
    model = network().train()
    with pytest.raises(RuntimeError, match="shape"):
        predict(model, torch.randn(3, 5), passes=3, seed=0)
    assert all(module.training for module in model.modules())


def same(a: Predictive, b: Predictive) -> bool:
    return torch.equal(a.mean, b.mean) and torch.equal(a.mutual_information, b.mutual_information)


def test_the_seed_decides() -> None:
    model = network()
    first = predict(model, inputs(), passes=3, seed=0)
    torch.randn(100)
    assert same(predict(model, inputs(), passes=3, seed=0), first)
    assert not same(predict(model, inputs(), passes=3, seed=1), first)


def test_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Batch norm is as in evaluation, so a sample does not depend on its batch."""
    whole = predict(network(p=1e-9), inputs(), passes=2, seed=0)
    monkeypatch.setattr(mc_dropout, "BATCH", 7)
    pieces = predict(network(p=1e-9), inputs(), passes=2, seed=0)
    torch.testing.assert_close(pieces.mean, whole.mean)
    torch.testing.assert_close(pieces.entropy, whole.entropy)


@pytest.mark.parametrize("model", [nn.Linear(6, 3), network(p=0.0)], ids=["none", "p = 0"])
def test_a_model_without_dropout_is_refused(model: nn.Module) -> None:
    with pytest.raises(BadRecipe, match=r"evaluation\.mc_dropout: the model has no dropout"):
        predict(model, inputs(), passes=3, seed=0)


def test_less_certain_on_noise_than_on_data() -> None:
    """Two clouds learnt with dropout; far away noise divides the passes more than the clouds do."""
    torch.manual_seed(0)
    labels = torch.arange(400) % 2
    data = 0.3 * torch.randn(400, 6) + (2.0 * labels - 1).unsqueeze(1)
    model = nn.Sequential(nn.Linear(6, 64), nn.ReLU(), nn.Dropout(0.5), nn.Linear(64, 2))
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    for _ in range(100):
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(data), labels).backward()
        optimizer.step()
    known, noise = (predict(model, x, 50, seed=0) for x in (data, torch.randn(400, 6)))
    assert noise.entropy.mean() > 3 * known.entropy.mean()
    assert noise.mutual_information.mean() > 3 * known.mutual_information.mean()
