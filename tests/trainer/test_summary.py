"""The table of layers: against known networks, torch's counters and the gradient."""

from typing import Any

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from trainer import geometry
from trainer.form import Form
from trainer.menu import KINDS, part
from trainer.recipe import Recipe
from trainer.summary import LayerRow, summarise, totals

IMAGE = Form((3, 32, 32), 10)


def build(form: Form, **model: Any) -> nn.Module:
    recipe = Recipe.model_validate({"model": model})
    built: nn.Module = part("model", recipe.model).build(form)
    return built


def rows_of(model: nn.Module, shape: tuple[int, ...]) -> dict[str, LayerRow]:
    return {row.name: row for row in summarise(model, Form(shape, 10))}


def test_lenet5_on_32_by_32() -> None:
    """LeCun et al. 1998, fig. 2; the last pooling sees 16×16 pixels, every fourth."""
    form = Form((1, 32, 32), 10)
    model = build(form, name="lenet5")
    rows = summarise(model, form)
    shapes = [row.output for row in rows if row.kind not in ("Tanh", "Flatten")]
    assert shapes == [
        (6, 28, 28), (6, 14, 14), (16, 10, 10), (16, 5, 5), (120,), (84,), (10,),
    ]  # fmt: skip
    assert [row.output for row in rows if row.kind == "Flatten"] == [(400,)]
    fields = {row.name: (row.receptive_field, row.stride) for row in rows}
    assert fields["pool2"] == ((16, 16), (4.0, 4.0))
    assert fields["output"] == (None, None)
    assert totals(model, rows).parameters == 61_706


@pytest.mark.parametrize("dropout", [0.0, 0.5])
def test_784_512_512_10(dropout: float) -> None:
    form = Form((1, 28, 28), 10)
    model = build(form, name="mlp", hidden=[512, 512], dropout=dropout)
    sums = totals(model, summarise(model, form))
    assert (sums.parameters, sums.trainable, sums.frozen, sums.elsewhere) == (669_706,) * 2 + (0, 0)
    assert sums.multiplications == 784 * 512 + 512 * 512 + 512 * 10


def test_the_first_layer_of_alexnet() -> None:
    [row] = summarise(nn.Sequential(nn.Conv2d(3, 96, 11, stride=4)), Form((3, 227, 227), 10))
    assert row.output == (96, 55, 55)
    assert row.multiplications == 11 * 11 * 3 * 55 * 55 * 96
    assert row.parameters == (11 * 11 * 3 + 1) * 96
    assert (row.receptive_field, row.stride) == ((11, 11), (4.0, 4.0))
    assert row.memory == 4 * 96 * 55 * 55


def test_what_a_bottleneck_saves() -> None:
    """Szegedy et al. 2015, §4: 32 filters of 5×5 on 28×28×192, and behind 16 of 1×1."""
    form = Form((192, 28, 28), 10)
    alone = nn.Sequential(nn.Conv2d(192, 32, 5, padding=2))
    behind = nn.Sequential(nn.Conv2d(192, 16, 1), nn.Conv2d(16, 32, 5, padding=2))
    sums = [totals(model, summarise(model, form)).multiplications for model in (alone, behind)]
    assert sums == [120_422_400, 12_443_648]


@pytest.mark.parametrize(("side", "f", "s", "p"), [(4, 2, 1, 0), (3, 3, 2, 1)], ids=["4×4", "3×3"])
def test_transposed_convolutions_to_5_by_5(side: int, f: int, s: int, p: int) -> None:
    layer = nn.ConvTranspose2d(2, 3, f, stride=s, padding=p)
    [row] = summarise(nn.Sequential(layer), Form((2, side, side), 10))
    assert row.output == (3, 5, 5)
    assert row.multiplications == f * f * 2 * side * side * 3
    assert row.stride == (1 / s, 1 / s)


convolutions = st.builds(
    lambda f, s, d, grouped, width: nn.Conv2d(
        4,
        4 * width,
        f,
        stride=s,
        padding=(f[0] // 2, f[1] // 2),
        dilation=d,
        groups=2 if grouped else 1,
    ),
    st.tuples(st.integers(1, 4), st.integers(1, 4)),
    st.integers(1, 2),
    st.integers(1, 2),
    st.booleans(),
    st.integers(1, 2),
)


@given(layer=convolutions, height=st.integers(12, 20), width=st.integers(12, 20))
def test_a_convolutions_row_is_the_formula(layer: nn.Conv2d, height: int, width: int) -> None:
    [row] = summarise(nn.Sequential(layer), Form((4, height, width), 10))
    f, n, c = layer.kernel_size, layer.out_channels, 4 // layer.groups
    spread = [geometry.spread(size, layer.dilation[0]) for size in f]
    pads = [p for p in layer.padding if isinstance(p, int)]
    m = tuple(
        geometry.convolved(side, wide, layer.stride[0], pad)
        for side, wide, pad in zip((height, width), spread, pads, strict=True)
    )
    assert row.output == (n, *m)
    assert row.multiplications == geometry.multiplications(f, c, n, m)
    assert row.parameters == geometry.parameters(f, c, n)
    assert row.receptive_field == tuple(spread)


class Branches(nn.Module):
    """A wide and a narrow branch beside each other, a functional convolution, a skip, a crop."""

    def __init__(self, pool: bool, crop: bool) -> None:
        super().__init__()
        self.wide = nn.Conv2d(1, 1, (5, 3), padding=(2, 1))
        self.narrow = nn.Conv2d(1, 1, 1)
        self.after = nn.Conv2d(2, 1, 3, stride=2)
        self.pool = nn.AvgPool2d(2) if pool else nn.Identity()
        self.kernel = nn.Parameter(torch.ones(1, 1, 3, 3))
        self.crop = crop

    def forward(self, inputs: Tensor) -> Tensor:
        x = self.pool(inputs)
        x = torch.cat([self.wide(x), self.narrow(x)], dim=1)
        x = self.after(F.pad(x, (1, 1, 1, 1)))
        x = x + F.conv2d(x, self.kernel, padding=1)
        return x[:, :, 1:-1, ::2] if self.crop else x


@pytest.mark.parametrize("pool", [True, False])
@pytest.mark.parametrize("crop", [True, False])
def test_the_field_of_branches_is_what_the_gradient_finds(pool: bool, crop: bool) -> None:
    model = Branches(pool, crop)
    for parameter in model.parameters():
        nn.init.ones_(parameter)
    row = rows_of(model, (1, 64, 64))["model"]
    inputs = torch.zeros(1, 1, 64, 64, requires_grad=True)
    outputs = model(inputs)
    middle = [side // 2 for side in outputs.shape[2:]]
    seen = [where(inputs, outputs[0, 0, middle[0] + i, middle[1] + i]) for i in (0, 1)]
    assert row.receptive_field == tuple(last - first + 1 for first, last in seen[0])
    assert row.stride == tuple(b[0] - a[0] for a, b in zip(*seen, strict=True))
    side = 16 if pool else 32
    assert row.multiplications == 9 * side * side  # the functional one; the others have rows
    assert row.parameters == 9


def where(inputs: Tensor, output: Tensor) -> list[tuple[int, int]]:
    """First and last row and column that an output depends on."""
    (gradient,) = torch.autograd.grad(output, inputs, retain_graph=True)
    places = gradient[0, 0].nonzero()
    return [(int(axis.min()), int(axis.max())) for axis in places.t()]


@pytest.mark.parametrize("name", KINDS["model"].names())
def test_multiplications_are_half_of_torchs_operations(name: str) -> None:
    form = IMAGE
    if name in ("text_cnn", "bag_of_embeddings"):
        form = Form((20,), 10, vocabulary=30)
    elif name == "unet":
        form = Form((3, 32, 32), 10, "segmentation")
    model = build(form, name=name)
    rows = summarise(model, form)
    sample = torch.ones(1, *form.shape, dtype=torch.int64 if form.vocabulary else torch.float32)
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        outputs = model.eval()(sample)
    sums = totals(model, rows)
    assert sums.multiplications == counter.get_total_flops() // 2
    assert sums.parameters == sum(p.numel() for p in model.parameters())
    assert rows[-1].output == outputs.shape[1:]


class Counting(nn.Module):
    """Has a state that a forward pass in training changes, and draws random numbers."""

    def __init__(self) -> None:
        super().__init__()
        self.shared = nn.Linear(4, 4)
        self.norm = nn.BatchNorm1d(4)
        self.unused = nn.Linear(4, 2)
        self.shared.weight.requires_grad_(False)

    def forward(self, inputs: Tensor) -> Tensor:
        x = self.norm(self.shared(self.shared(inputs)))
        return F.dropout(x, 0.5, training=True)


def test_the_model_is_left_as_it_was() -> None:
    model = Counting().train()
    model.norm.eval()
    before = {key: value.clone() for key, value in model.state_dict().items()}
    torch.manual_seed(3)
    expected = torch.rand(1)
    torch.manual_seed(3)
    summarise(model, Form((4,), 4))
    assert torch.equal(torch.rand(1), expected)
    assert model.training
    assert not model.norm.training
    assert all(torch.equal(before[key], value) for key, value in model.state_dict().items())
    assert not any(m._forward_hooks or m._forward_pre_hooks for m in model.modules())
    assert all(parameter.grad is None for parameter in model.parameters())


def test_a_failing_model_is_left_as_it_was() -> None:
    model = nn.Sequential(nn.Linear(3, 2))
    with pytest.raises(RuntimeError, match="shapes cannot be multiplied"):
        summarise(model, Form((4,), 2))
    assert model.training
    assert not any(m._forward_hooks or m._forward_pre_hooks for m in model.modules())
    assert model(torch.zeros(1, 3)).shape == (1, 2)


def test_shared_frozen_and_unused_parameters() -> None:
    model = Counting()
    first, again, norm = summarise(model, Form((4,), 4))
    assert (first.name, again.name, norm.name) == ("shared", "shared", "norm")
    assert (first.trainable, first.frozen) == (4, 16)
    assert (again.parameters, again.multiplications) == (0, 16)
    sums = totals(model, [first, again, norm])
    assert (sums.trainable, sums.frozen, sums.elsewhere) == (4 + 8 + 10, 16, 10)


def test_views_and_layers_that_do_nothing_need_no_memory() -> None:
    layers = [
        nn.Conv2d(1, 2, 1),
        nn.ReLU(inplace=True),
        nn.Dropout(),
        nn.Flatten(),
        nn.Linear(8, 3),
    ]
    rows = summarise(nn.Sequential(*layers), Form((1, 2, 2), 3))
    assert [row.memory for row in rows] == [4 * 8, 0, 0, 0, 4 * 3]


def test_a_tied_autoencoder_holds_its_weights_once() -> None:
    form = Form((1, 4, 4), 10)
    rows = rows_of(build(form, name="autoencoder", hidden=[8], code=3, tied=True), form.shape)
    assert rows["decoder1"].parameters == 8
    assert rows["decoder1"].multiplications == rows["code"].multiplications == 24


def test_upsampling_and_normalising_keep_the_place() -> None:
    model = nn.Sequential(
        nn.Conv2d(1, 4, 3),
        nn.GroupNorm(2, 4),
        nn.InstanceNorm2d(4),
        nn.LocalResponseNorm(3),
        nn.Upsample(scale_factor=2),
        nn.Conv2d(4, 1, 3),
    )
    rows = summarise(model, Form((1, 12, 12), 2))
    assert {row.receptive_field for row in rows[:5]} == {(3, 3)}
    assert rows[5].receptive_field == (4, 4)
    assert rows[5].stride == (0.5, 0.5)


@settings(max_examples=30)
@given(depth=st.integers(1, 4), side=st.integers(9, 33))
def test_global_pooling_has_no_place(depth: int, side: int) -> None:
    layers = [nn.Conv2d(1, 1, 3, padding=1) for _ in range(depth)]
    rows = summarise(nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1)), Form((1, side, side), 2))
    assert rows[-2].receptive_field == (1 + 2 * depth,) * 2
    assert rows[-1].receptive_field is None


class Attention(nn.Module):
    """Every word sees every other."""

    def forward(self, words: Tensor) -> Tensor:
        return torch.softmax(words @ words.transpose(1, 2), dim=2) @ words


def test_attention_has_no_place() -> None:
    model = nn.Sequential(nn.Embedding(9, 4), Attention())
    embedding, attention = summarise(model, Form((6,), 2, vocabulary=9))
    assert embedding.receptive_field == (1,)
    assert attention.output == (6, 4)
    assert attention.receptive_field is None
    assert attention.multiplications == 2 * 6 * 6 * 4
