"""What every preprocessing must do, and each against numpy or scikit-learn in double precision."""

from math import prod
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.decomposition import PCA
from sklearn.preprocessing import StandardScaler
from torch import Tensor, nn

from trainer.errors import BadRecipe
from trainer.form import Form
from trainer.menu import KINDS, part
from trainer.recipe import Recipe

NAMES = KINDS["preprocess"].names()
OF_IMAGES = ("channel_mean", "channel_standardise")
OF_ANY = [name for name in NAMES if name not in OF_IMAGES]
IMAGES = (3, 4, 5)
EXACT = 1e-10  # of the variance; what whitening against theory needs


def made(name: str, **settings: Any) -> Any:
    recipe = Recipe.model_validate({"preprocess": {"name": name, **settings}})
    return part("preprocess", recipe.preprocess)


def fitted(name: str, inputs: Tensor, **settings: Any) -> nn.Module:
    chosen = made(name, **settings)
    module: nn.Module = chosen.build(Form(tuple(inputs.shape[1:]), 2))
    chosen.fit(module, inputs)
    return module


def samples(count: int = 200, shape: tuple[int, ...] = IMAGES, seed: int = 0) -> Tensor:
    """Correlated, of different means and spreads."""
    generator = torch.Generator().manual_seed(seed)
    width = prod(shape)
    mixing = torch.randn(width, width, generator=generator) / width**0.5
    offset = torch.randn(width, generator=generator)
    rows = torch.randn(count, width, generator=generator) @ mixing + offset
    return rows.view(count, *shape)


def flat(x: Tensor) -> np.ndarray[Any, np.dtype[np.float64]]:
    return x.flatten(1).double().numpy()


@pytest.mark.parametrize("name", NAMES)
def test_shape_and_dtype_stay(name: str) -> None:
    inputs = samples()
    module = fitted(name, inputs)
    for x in (inputs, inputs[:1], inputs[:0]):
        assert module(x).shape == x.shape
        assert module(x).dtype == torch.float32


@pytest.mark.parametrize("name", NAMES)
def test_nothing_changes_before_it_is_fitted(name: str) -> None:
    inputs = samples()
    assert torch.equal(made(name).build(Form(IMAGES, 2))(inputs), inputs)


@pytest.mark.parametrize("name", NAMES)
def test_a_fresh_module_takes_the_state(name: str) -> None:
    inputs = samples()
    module = fitted(name, inputs)
    fresh = made(name).build(Form(IMAGES, 2))
    fresh.load_state_dict(module.state_dict())
    assert torch.equal(fresh(inputs), module(inputs))
    assert not list(module.parameters())


@pytest.mark.parametrize("name", NAMES)
def test_only_what_is_fitted_on_counts(name: str) -> None:
    """Applying it to other data leaves it as it is; each sample is on its own; fits do not add."""
    train, validation = samples(), samples(50, seed=1) * 100
    module = fitted(name, train)
    before = {key: value.clone() for key, value in module.state_dict().items()}
    module(validation)
    assert all(torch.equal(value, before[key]) for key, value in module.state_dict().items())
    alone = module(validation[:3])
    torch.testing.assert_close(module(validation)[:3], alone, rtol=1e-4, atol=1e-3)
    made(name).fit(module, validation)
    made(name).fit(module, train)
    assert all(torch.equal(value, before[key]) for key, value in module.state_dict().items())


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("count", [1, 5])
def test_constant_features_stay_finite(name: str, count: int) -> None:
    for value in (0.0, 0.1, -3e5):
        constant = torch.full((count, *IMAGES), value)
        module = fitted(name, constant)
        assert module(constant).isfinite().all()
        assert module(constant + 1.0).isfinite().all()
        if name != "none":
            assert not module(constant).any()


@pytest.mark.parametrize("name", [name for name in NAMES if name != "none"])
def test_token_ids_are_refused(name: str) -> None:
    with pytest.raises(BadRecipe, match="preprocess: token ids are names, not amounts"):
        made(name).build(Form((20,), 2, vocabulary=100))


@pytest.mark.parametrize("name", OF_IMAGES)
def test_rows_have_no_channels(name: str) -> None:
    with pytest.raises(BadRecipe, match="have no channels; use `standardise`"):
        made(name).build(Form((20,), 2))


@pytest.mark.parametrize("name", OF_ANY)
def test_rows(name: str) -> None:
    inputs = samples(shape=(6,))
    assert fitted(name, inputs)(inputs).shape == inputs.shape


def test_none_is_for_token_ids_too() -> None:
    ids = torch.randint(100, (4, 20))
    module = made("none").build(Form((20,), 2, vocabulary=100))
    assert torch.equal(module(ids), ids)


def test_mean_image() -> None:
    inputs = samples()
    expected = flat(inputs) - flat(inputs).mean(axis=0)
    np.testing.assert_allclose(flat(fitted("mean_image", inputs)(inputs)), expected, atol=1e-6)


@pytest.mark.parametrize("count", [1, 2, 200, 3000])
def test_standardise_is_scikit_learns(count: int) -> None:
    inputs = samples(count)
    expected = StandardScaler().fit_transform(flat(inputs))
    ours = flat(fitted("standardise", inputs)(inputs))
    np.testing.assert_allclose(ours, expected, rtol=1e-4, atol=1e-5)


@given(
    arrays(
        np.float32,
        st.tuples(st.integers(1, 6), st.just(3)),
        elements=st.floats(-(2.0**60), 2.0**60, width=32),
    )
)
def test_standardise_is_finite_and_constant_where_scikit_learn_says_so(
    rows: np.ndarray[Any, np.dtype[np.float32]],
) -> None:
    module = fitted("standardise", torch.tensor(rows))
    theirs = StandardScaler().fit(rows.astype(np.float64))
    assert module(torch.tensor(rows)).isfinite().all()
    ours = module.get_buffer("std").numpy()
    large = (
        theirs.scale_ > 1e-30
    )  # what is smaller is 0 in float32, which scikit-learn does not ask
    np.testing.assert_allclose(ours[large], theirs.scale_[large], rtol=1e-5)


def test_a_large_offset_leaves_the_spread_exact() -> None:
    """In float32 the variance of numbers around 10,000 would be lost."""
    inputs = 1e4 + torch.tensor([[-1.0], [1.0]]).repeat(5000, 1)
    module = fitted("standardise", inputs)
    assert module.get_buffer("std").item() == pytest.approx(1.0, rel=1e-6)
    assert set(module(inputs).flatten().tolist()) == {-1.0, 1.0}


def test_channels() -> None:
    inputs = samples()
    x = inputs.double().numpy()
    mean, std = (f(x, axis=(0, 2, 3), keepdims=True) for f in (np.mean, np.std))
    centred = fitted("channel_mean", inputs)
    np.testing.assert_allclose(centred(inputs).numpy(), x - mean, atol=1e-6)
    both = fitted("channel_standardise", inputs)
    np.testing.assert_allclose(both(inputs).numpy(), (x - mean) / std, rtol=1e-5, atol=1e-6)
    assert both.get_buffer("std").shape == (3, 1, 1)


def covariance(x: Tensor) -> np.ndarray[Any, np.dtype[np.float64]]:
    return np.cov(flat(x), rowvar=False, bias=True)


def test_decorrelate_gives_a_diagonal_covariance_of_falling_variances() -> None:
    inputs = samples()
    found = covariance(fitted("decorrelate", inputs)(inputs))
    expected = np.linalg.eigvalsh(covariance(inputs))[::-1]
    np.testing.assert_allclose(found, np.diag(expected), atol=1e-5)


def test_decorrelate_is_scikit_learns_pca() -> None:
    inputs = samples()
    expected = PCA().fit(flat(inputs)).transform(flat(inputs))
    ours = flat(fitted("decorrelate", inputs)(inputs))
    signs = np.sign((ours * expected).sum(axis=0))  # those of an axis mean nothing
    np.testing.assert_allclose(ours, expected * signs, atol=1e-4)


def test_a_rotation_keeps_distances() -> None:
    inputs = samples()
    rotated = fitted("decorrelate", inputs)(inputs).flatten(1)
    torch.testing.assert_close(
        torch.cdist(rotated, rotated), torch.cdist(inputs.flatten(1), inputs.flatten(1)),
        atol=1e-2, rtol=1e-4,
    )  # fmt: skip


@pytest.mark.parametrize("name", ["decorrelate", "whiten"])
def test_the_first_components_are_kept(name: str) -> None:
    inputs = samples()
    every = flat(fitted(name, inputs)(inputs))
    first = flat(fitted(name, inputs, components=7)(inputs))
    np.testing.assert_array_equal(first[:, 7:], 0.0)
    np.testing.assert_allclose(first[:, :7], every[:, :7], atol=1e-6)


@pytest.mark.parametrize("name", ["decorrelate", "whiten"])
def test_the_sign_of_an_axis_is_settled(name: str) -> None:
    matrix = fitted(name, samples()).get_buffer("matrix")
    largest = matrix.gather(0, matrix.abs().argmax(dim=0, keepdim=True))
    assert (largest > 0).all()


@pytest.mark.parametrize("method", ["pca", "zca"])
def test_whitened_covariance_is_the_identity(method: str) -> None:
    inputs = samples(2000, (2, 3, 2))
    whitened = fitted("whiten", inputs, method=method, eps=EXACT)(inputs)
    np.testing.assert_allclose(covariance(whitened), np.eye(12), atol=1e-4)
    np.testing.assert_allclose(flat(whitened).mean(axis=0), 0.0, atol=1e-4)


def test_whiten_is_scikit_learns() -> None:
    """Which divides by n − 1."""
    inputs = samples(500, (2, 3, 2))
    expected = PCA(whiten=True).fit(flat(inputs)).transform(flat(inputs)) * np.sqrt(500 / 499)
    ours = flat(fitted("whiten", inputs, eps=EXACT)(inputs))
    signs = np.sign((ours * expected).sum(axis=0))
    np.testing.assert_allclose(ours, expected * signs, atol=1e-3)


def test_zca_is_the_inverse_root_of_the_covariance() -> None:
    """It is symmetric: of all that whiten, the closest to the inputs (Kessy et al. 2018, §3)."""
    inputs = samples(500, (2, 3, 2))
    matrix = fitted("whiten", inputs, method="zca", eps=0.1).get_buffer("matrix").double().numpy()
    np.testing.assert_allclose(matrix, matrix.T, atol=1e-6)
    square = np.linalg.inv(matrix @ matrix)
    np.testing.assert_allclose(square, covariance(inputs) + 0.1 * np.eye(12), atol=1e-4)


def test_few_samples_do_not_blow_up() -> None:
    """5 samples of 60 features: 56 components have no variance, which eps keeps at bay."""
    few = samples(5)
    whitened = fitted("whiten", few, eps=1e-2)(few)
    assert whitened.isfinite().all()
    assert whitened.abs().max() < 5.0


@pytest.mark.parametrize("name", ["decorrelate", "whiten"])
def test_more_components_than_features(name: str) -> None:
    with pytest.raises(BadRecipe, match=r"preprocess\.components: there are 60 features"):
        made(name, components=61).build(Form(IMAGES, 2))


@pytest.mark.parametrize("name", ["decorrelate", "whiten"])
def test_too_wide_for_a_matrix(name: str) -> None:
    with pytest.raises(BadRecipe, match="150528 features are too many"):
        made(name).build(Form((3, 224, 224), 2))
