"""The equivalence gates of DESIGN §7: a stack's numbers are the plain loop's.

In float64 over 56 steps, for all pairs of optimizer, schedule, norm, dropout and loss; and faults
that are planted in the stack's own functions must be seen.
"""

import itertools
import zlib
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.func import functional_call

from tests.trainer.stack.single import alone, exact, recipes, stacked, worst
from trainer.errors import NotStackable
from trainer.menu import part
from trainer.recipe import Recipe
from trainer.setup import make
from trainer.stack import build, clipping, optimizers
from trainer.stack.engines import vmap
from trainer.stack.engines.lowered import Lowered, batch_norm, losses

GATE = 1e-9  # DESIGN §7: largest relative error after 50 steps in float64

RATES = {"sgd": 0.05, "momentum": 0.02, "nesterov": 0.02}  # lr of the first trial; else 0.01
OWN: dict[str, list[dict[str, float]]] = {  # what else differs between the three trials
    "sgd": [{"momentum": 0.0}, {"momentum": 0.5}, {"momentum": 0.9}],
    "momentum": [{}, {"momentum": 0.5}, {"momentum": 0.8}],
    "nesterov": [{}, {"momentum": 0.5}, {"momentum": 0.8}],
    "adagrad": [{}, {"eps": 1e-3}, {}],
    "rmsprop": [{}, {"alpha": 0.9}, {"eps": 1e-3}],
    "adam": [{}, {"beta1": 0.5}, {"beta2": 0.9, "eps": 1e-4}],
    "adamw": [{}, {"beta1": 0.5}, {"beta2": 0.9, "eps": 1e-4}],
}
SCHEDULES: dict[str, list[dict[str, Any]]] = {
    "constant": [{}, {"warmup": 0.2}, {}],
    "step": [{}, {"factor": 0.5}, {"at": [0.5]}],
    "exponential": [{}, {"final": 0.1}, {}],
    "linear": [{}, {"final": 0.1}, {"warmup": 0.1}],
    "cosine": [{}, {}, {"warmup": 0.3}],
    "inverse_sqrt": [{}, {"warmup": 0.2}, {}],
    "one_cycle": [{}, {"peak": 0.5}, {"anneal": "linear"}],
    "reduce_on_plateau": [{"patience": 0}, {"patience": 0, "factor": 0.5}, {"patience": 1}],
}
NORMS: dict[str, dict[str, Any]] = {
    "none": {},
    "batch": {},
    "group": {"groups": 2},  # of two values each, a group would be ±1: all rounding and no gradient
    "layer": {},
    "batch_renorm": {"warm_up": 5, "relax": 20},
}
DROPOUTS: dict[str, list[dict[str, Any]]] = {
    "no dropout": [{}, {}, {}],
    "one rate": [{"dropout": 0.3}] * 3,
    "three rates": [{"dropout": 0.5}, {"dropout": 0.0}, {"dropout": 0.2}],
    "alpha dropout": [{"dropout": rate, "activation": "selu"} for rate in (0.1, 0.0, 0.3)],
}
LOSSES: dict[str, list[dict[str, Any]]] = {
    "cross_entropy": [{}, {"label_smoothing": 0.1}, {"label_smoothing": 0.3}],
    "class_weights": [{"class_weights": [1, 2, 3, 4], "label_smoothing": e} for e in (0, 0.1, 0.2)],
    "binary_cross_entropy": [{}, {"pos_weight": 2.0}, {"pos_weight": 0.5}],
    "mse": [{}, {}, {}],
    "center": [{"dimensions": 3}, {"dimensions": 3, "weight": 0.5}, {"dimensions": 3}],
    "arcface": [{"dimensions": 3, "scale": 8, "margin": margin} for margin in (10, 20, 30)],
}
KINDS = [list(each) for each in (OWN, SCHEDULES, NORMS, DROPOUTS, LOSSES)]
Case = tuple[str, ...]


def pairs(case: Case) -> set[Case]:
    return set(itertools.combinations(case, 2))


def covering() -> list[Case]:
    """Each optimizer with each schedule, then more; always what brings the most new pairs."""
    every = sorted(itertools.product(*KINDS), key=hash_of)
    left = set().union(*map(pairs, every))
    cases: list[Case] = []
    while left:
        best = max(every, key=lambda case: (case[:2] in left, len(pairs(case) & left)))
        cases.append(best)
        left -= pairs(best)
    return cases


def hash_of(case: Case) -> int:
    """An order that is the same in every process and has no pattern."""
    return zlib.crc32("-".join(case).encode())


CASES = covering()


def chosen(name: str, schedule: str, norm: str, dropout: str, loss: str) -> list[Recipe]:
    """Three trials; they also differ in weight decay, clipping and length."""
    number = CASES.index((name, schedule, norm, dropout, loss))
    shared = {"name": name, "decay_all": number % 3 > 0}
    if name != "adamw":
        shared["decay"] = ["l2", "decoupled"][number % 2]
    lr = RATES.get(name, 0.01)
    limits: list[dict[str, float]] = [{}, {"clip_value": 0.05}, {"clip_norm": 0.5}]
    named = {"name": "cross_entropy" if loss == "class_weights" else loss}
    model = {"name": "mlp", "hidden": [16, 16], "norm": {"name": norm, **NORMS[norm]}}
    trials = [
        {
            "optimizer": {
                **shared,
                "lr": lr / (n + 1),
                "weight_decay": 0.1 * n,
                **limits[n],
                **OWN[name][n],
            },
            "schedule": {"name": schedule, **SCHEDULES[schedule][n]},
            "model": {**model, **DROPOUTS[dropout][n]},
            "loss": {**named, **LOSSES[loss][n]},
            "epochs": 8 - n // 2,
        }
        for n in range(3)
    ]
    return recipes({}, *trials)


def error(trials: list[Recipe], by: str | None = None) -> float:
    with exact():
        return worst(stacked(trials, by=by), alone(trials))


@pytest.mark.parametrize("case", CASES, ids="-".join)
def test_the_numbers_are_those_of_the_plain_loop(case: Case) -> None:
    trials = chosen(*case)
    with exact():
        expected = alone(trials)
        for by in engines(case):
            assert worst(stacked(trials, by=by), expected) <= GATE


@pytest.mark.parametrize("case", CASES, ids="-".join)
def test_the_lowered_engine_refuses_only_what_it_has_no_form_for(case: Case) -> None:
    trials = chosen(*case)
    data = part("data", trials[0].data).load(None)
    fold = part("split", trials[0].split).folds(data, 5)[0]
    stack = build.Stack([make(recipe, fold, "cpu") for recipe in trials])
    try:
        Lowered(stack)
    except NotStackable:
        assert "lowered" not in engines(case)


def engines(case: Case) -> list[str]:
    """Those that compute it; what the lowered one is written for, it must not refuse."""
    _, _, norm, _, loss = case
    lowered = norm in ("none", "batch") and loss in ("cross_entropy", "mse")
    return ["vmap", "lowered"] if lowered else ["vmap"]


@pytest.mark.parametrize(("one", "other"), list(itertools.combinations(range(5), 2)))
def test_all_pairs_are_among_the_cases(one: int, other: int) -> None:
    found = {(case[one], case[other]) for case in CASES}
    assert found == set(itertools.product(KINDS[one], KINDS[other]))


def faulty(**settings: Any) -> list[Recipe]:
    """Trials that every planted fault touches."""
    optimizer = {"name": "momentum", "weight_decay": 0.1, "decay_all": False, "clip_norm": 0.5}
    base = {"model": {"name": "mlp", "hidden": [8], "norm": "batch"}, "epochs": 2}
    rates = ({"lr": 0.1}, {"lr": 0.05}, {"lr": 0.01})
    return recipes(base, *({"optimizer": {**optimizer, **rate, **settings}} for rate in rates))


@pytest.mark.parametrize("by", ["vmap", "lowered"])
def test_without_a_fault_the_gate_is_green(by: str) -> None:
    assert error(faulty(), by) <= GATE


def test_a_mean_over_the_trials_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without clipping, which would hide it."""
    monkeypatch.setattr(vmap, "total", Tensor.mean)
    monkeypatch.setattr(losses, "per_sample", lambda z: 1 / (z.shape[0] * z.shape[2]))
    assert error(faulty(clip_norm=None), "vmap") > 1e-3
    assert error(faulty(clip_norm=None), "lowered") > 1e-3


def test_lost_statistics_of_batch_norm_are_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """As a block loses them that is not contiguous: they are updated in a copy."""

    def lose(module: Any, state: dict[str, Tensor], given: Any) -> Any:
        kept = {name: t.clone() if "running" in name else t for name, t in state.items()}
        return functional_call(module, kept, given)

    moving = batch_norm.Flat._moving
    monkeypatch.setattr(vmap, "functional_call", lose)
    monkeypatch.setattr(batch_norm.Flat, "_moving", lambda self: [t.clone() for t in moving(self)])
    assert error(faulty(), "vmap") > 1e-3
    assert error(faulty(), "lowered") > 1e-3


@pytest.mark.parametrize("by", ["vmap", "lowered"])
def test_clipping_across_the_trials_is_seen(by: str, monkeypatch: pytest.MonkeyPatch) -> None:
    own = clipping.total_norms
    monkeypatch.setattr(clipping, "total_norms", lambda g: own(g).norm().expand(3))
    assert error(faulty(), by) > 1e-3


@pytest.mark.parametrize("by", ["vmap", "lowered"])
def test_decay_of_norms_and_biases_is_seen(by: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(optimizers, "decayed", lambda block, settings: True)
    assert error(faulty(), by) > 1e-3


def test_blocks_that_are_not_contiguous_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    real = build._stacked
    monkeypatch.setattr(
        build,
        "_stacked",
        lambda t: {n: b.mT.contiguous().mT if b.ndim > 2 else b for n, b in real(t).items()},
    )
    with pytest.raises(AssertionError):
        stacked(faulty())


@pytest.mark.parametrize("by", ["vmap", "lowered"])
def test_gradients_of_one_step_in_float32(by: str) -> None:
    """DESIGN §7: rtol 1e-4. Plain descent of one step is its gradient."""
    optimizer = {"name": "sgd", "lr": 1.0}
    one_step = {"model": {"name": "mlp", "hidden": [16], "norm": "batch"}, "epochs": 1}
    trials = recipes({**one_step, "batch_size": 102, "optimizer": optimizer}, {}, {}, {})
    assert torch.get_default_dtype() == torch.float32
    assert worst(stacked(trials, by=by), alone(trials)) <= 1e-4
