"""InfoNCE and triplet losses, and their closed forms where all embeddings are equal."""

import math
from collections.abc import Callable

import pytest
import torch
from pytorch_metric_learning.losses import TripletMarginLoss
from torch import Tensor, nn
from torch.nn import functional as F

from diagnostics.probes.baseline import blank_loss
from diagnostics.probes.loss_form import LossForm, identify

N, D = 12, 8
NOTHING = torch.zeros(2 * N, 1)  # targets that the loss does not look at
Loss = Callable[[Tensor, Tensor], Tensor]


def nt_xent(z: Tensor, temperature: float) -> Tensor:
    """Chen et al. 2020, the two views one after the other, written with a mask."""
    z = F.normalize(z, dim=1)
    similar = torch.exp(z @ z.T / temperature)
    n = len(z) // 2
    own = torch.exp((z * z.roll(n, 0)).sum(1) / temperature)
    others = similar.masked_fill(torch.eye(len(z), dtype=torch.bool), 0).sum(1)
    return -(own / others).log().mean()


def clip(a: Tensor, b: Tensor, temperature: float = 0.07) -> Tensor:
    logits = F.normalize(a, dim=1) @ F.normalize(b, dim=1).T / temperature
    labels = torch.arange(len(a))
    return (F.cross_entropy(logits, labels) + F.cross_entropy(logits.T, labels)) / 2


def interleaved(outputs: Tensor, temperature: float) -> Tensor:
    return nt_xent(torch.cat([outputs[::2], outputs[1::2]]), temperature)


def assert_is(found: LossForm | None, kind: str, scale: float = 1) -> None:
    assert found is not None
    assert (found.kind, found.on) == (kind, "values")
    assert found.scale == pytest.approx(scale, rel=1e-3)


@pytest.mark.parametrize("temperature", [0.05, 0.07, 0.1, 0.5, 1.0])
@pytest.mark.parametrize(
    ("loss", "shape"),
    [
        (nt_xent, (2 * N, D)),
        (interleaved, (2 * N, D)),
        (lambda o, t: nt_xent(torch.cat([o[:, 0], o[:, 1]]), t), (2 * N, 2, D)),
    ],
    ids=["one after the other", "in turn", "side by side"],
)
def test_info_nce_of_two_views(
    loss: Callable[[Tensor, float], Tensor], shape: tuple[int, ...], temperature: float
) -> None:
    def loss_fn(outputs: Tensor, targets: Tensor) -> Tensor:
        return loss(outputs, temperature)

    views = math.prod(shape[:-1])
    form = identify(loss_fn, torch.zeros(shape), NOTHING)
    assert_is(form, "info_nce_loss")
    blank = blank_loss(loss_fn, form, torch.zeros(shape), NOTHING)
    assert blank == pytest.approx(math.log(views - 1), rel=0.01)


def test_info_nce_of_embeddings_and_targets() -> None:
    targets = torch.randn(N, D, generator=torch.Generator().manual_seed(1))
    form = identify(clip, torch.zeros(N, D), targets)
    assert_is(form, "info_nce_loss")
    blank = blank_loss(clip, form, torch.zeros(N, D), targets)
    assert blank == pytest.approx(math.log(N), rel=0.01)
    found = identify(lambda o, t: N * clip(o, t), torch.zeros(N, D), targets)
    assert_is(found, "info_nce_loss", N)


def test_similarities_are_a_cross_entropy() -> None:
    """Of N against N, the partner on the diagonal: log N as for classes."""
    loss_fn = nn.CrossEntropyLoss()
    form = identify(loss_fn, torch.zeros(N, N), torch.arange(N))
    assert form is not None
    assert form.kind == "cross_entropy"
    blank = blank_loss(loss_fn, form, torch.zeros(N, N), torch.arange(N))
    assert blank == pytest.approx(math.log(N), rel=0.01)


def test_a_view_among_its_own_negatives_is_left_alone() -> None:
    def loss_fn(outputs: Tensor, targets: Tensor) -> Tensor:
        z = F.normalize(outputs, dim=1)
        return F.cross_entropy(z @ z.T / 0.1, torch.arange(2 * N).roll(N))

    assert identify(loss_fn, torch.zeros(2 * N, D), NOTHING) is None


def test_labels_beside_embeddings_are_left_alone() -> None:
    """They would be taken for classes, as many as the embedding has numbers."""
    labels = torch.arange(2 * N) % 4
    assert identify(lambda o, t: nt_xent(o, 0.1), torch.zeros(2 * N, D), labels) is None
    assert identify(TripletMarginLoss(), torch.zeros(2 * N, D), labels) is None


def triples(outputs: Tensor) -> tuple[Tensor, ...]:
    return outputs.unbind(1)


@pytest.mark.parametrize("margin", [0.2, 1.0, 5.0])
@pytest.mark.parametrize("reduction", ["mean", "sum"])
@pytest.mark.parametrize("shape", [(N, 3, D), (3, N, D), (3 * N, D)])
def test_triplets_of_torch(margin: float, reduction: str, shape: tuple[int, ...]) -> None:
    inner = nn.TripletMarginLoss(margin=margin, reduction=reduction)

    def loss_fn(outputs: Tensor, targets: Tensor) -> Tensor:
        axis = 1 if outputs.ndim == 3 and outputs.shape[1] == 3 else 0
        parts = outputs.chunk(3) if outputs.ndim == 2 else outputs.unbind(axis)
        lost: Tensor = inner(*parts)
        return lost

    form = identify(loss_fn, torch.zeros(shape), NOTHING)
    times = N if reduction == "sum" else 1
    assert_is(form, "triplet_margin_loss", times)
    blank = blank_loss(loss_fn, form, torch.zeros(shape), NOTHING)
    assert blank == pytest.approx(times * margin, rel=0.01)


@pytest.mark.parametrize(
    "loss",
    [
        lambda a, p, n: F.softplus(F.pairwise_distance(a, p) - F.pairwise_distance(a, n)),
        lambda a, p, n: ((a - p).square().sum(1) - (a - n).square().sum(1) + 0.3).relu(),
        lambda a, p, n: (F.cosine_similarity(a, n) - F.cosine_similarity(a, p) + 0.3).relu(),
    ],
    ids=["soft", "squares", "cosine"],
)
def test_triplets_of_other_distances(loss: Callable[..., Tensor]) -> None:
    found = identify(lambda o, _: loss(*o.unbind(1)).mean(), torch.zeros(N, 3, D), NOTHING)
    assert_is(found, "triplet_margin_loss")


def test_positives_and_negatives_exchanged_are_left_alone() -> None:
    def loss_fn(outputs: Tensor, targets: Tensor) -> Tensor:
        a, p, n = outputs.unbind(1)
        loss: Tensor = nn.TripletMarginLoss()(a, p, p + 0 * n)
        return loss

    assert identify(loss_fn, torch.zeros(N, 3, D), NOTHING) is None


@pytest.mark.parametrize("shape", [(N, 3, D), (2 * N, 2, D), (2 * N, D)])
def test_other_losses_of_embeddings_are_none(shape: tuple[int, ...]) -> None:
    for loss_fn in (
        lambda o, _: o.norm(dim=-1).mean() + 1,
        lambda o, _: 1 - F.cosine_similarity(o.flatten(1)[::2], o.flatten(1)[1::2]).mean(),
        lambda o, _: math.log(2 * N - 1) + o.square().mean(),
    ):
        assert identify(loss_fn, torch.zeros(shape), NOTHING) is None
