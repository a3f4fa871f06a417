"""At the end of training in float32, where roundings have had time to grow: fused against single.

20 points × 3 seeds on digits. Scores agree within what another seed would change, and rank alike.
"""

import pytest
import torch
from scipy.stats import spearmanr
from torch import Tensor

from trainer.events import Ended, Event
from trainer.loop import run
from trainer.recipe import Diagnostics, Recipe
from trainer.stack.loop import train_many

POINTS, SEEDS, EPOCHS = 20, 3, 10
LEAST, MOST = 1e-4, 1.0  # learning rates, evenly spaced on a log scale
SLACK = 0.02  # of the rank correlation between two seeds


def recipe(point: int, seed: int) -> Recipe:
    lr = LEAST * (MOST / LEAST) ** (point / (POINTS - 1))
    optimizer = {"lr": lr, "momentum": 0.9, "weight_decay": 1e-4 * 10 ** (point % 3)}
    shared = {"schedule": "cosine", "epochs": EPOCHS, "seed": seed}
    return Recipe.model_validate({**shared, "optimizer": optimizer})


def score(event: Event) -> float:
    """The best validation accuracy; chance where there is none."""
    assert isinstance(event, Ended)
    found = event.checkpoint.metrics["val_accuracy"] if event.checkpoint else None
    return 0.1 if found is None else found


def single(seed: int) -> list[float]:
    never = Diagnostics(stop_on="never")
    runs = [run(recipe(n, seed), preflight=False, diagnostics=never) for n in range(POINTS)]
    return [score(list(events)[-1]) for events in runs]


def fused(seed: int, by: str) -> list[float]:
    found = [0.0] * POINTS
    chosen = [recipe(n, seed) for n in range(POINTS)]
    told = train_many(chosen, preflight=False, diagnostics=Diagnostics(stop_on="never"), by=by)
    for number, event in told:
        if isinstance(event, Ended):
            found[number] = score(event)
    return found


@pytest.fixture(scope="module")
def alone() -> Tensor:
    """Scores of the plain loop, [SEEDS, POINTS]."""
    return torch.tensor([single(seed) for seed in range(SEEDS)])


@pytest.mark.parametrize("by", ["vmap", "lowered"])
def test_scores_agree_and_rank_alike(alone: Tensor, by: str) -> None:
    together = torch.tensor([fused(seed, by) for seed in range(SEEDS)])
    apart = (together.mean(dim=0) - alone.mean(dim=0)).abs()
    assert (apart <= alone.std(dim=0)).all()
    between_seeds = spearmanr(alone[0], alone[1]).statistic
    for ours, theirs in zip(together, alone, strict=True):
        assert spearmanr(ours, theirs).statistic >= between_seeds - SLACK
