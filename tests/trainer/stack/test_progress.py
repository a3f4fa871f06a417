"""The bar that train_many shows."""

import io

import pytest
from rich.console import Console

from tests.trainer.stack.single import OPTIONS, recipes
from trainer.recipe import Objective
from trainer.stack.loop import train_many
from trainer.stack.progress import shown


def test_it_counts_the_epochs_and_changes_no_event() -> None:
    """One trial ends by early stopping: the bar must be full all the same."""
    stale = {"early_stopping": {"patience": 2, "min_delta": 1}, "epochs": 9}
    chosen = recipes({"epochs": 3}, {}, stale)
    screen = io.StringIO()
    console = Console(file=screen, force_terminal=True, width=120)
    plain = list(train_many(chosen, **OPTIONS))
    told = list(shown(plain, chosen, Objective(metric="val_loss"), console))
    assert told == plain
    last = screen.getvalue().splitlines()[-2]  # behind it the cursor is shown again
    epochs = 3 + len([1 for n, e in plain if n == 1 and type(e).__name__ == "EpochEnded"])
    assert epochs < 12
    assert f"{epochs}/{epochs}" in last
    assert "best val_loss" in last


def test_it_is_shown_where_it_is_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    chosen = recipes({"epochs": 1}, {}, {})
    list(train_many(chosen, **OPTIONS, progress=True))
    assert "2 trials" in capsys.readouterr().out
