"""A trial's page: healthy, infeasible, failed, waiting, lost."""

import json

import pytest

from service.dashboard.figures import TRIAL_FIGURES
from tests.service.dashboard.filling import (
    at,
    failed,
    healthy,
    keep,
    study_of_each,
)
from tests.service.dashboard.reading import page, read
from tests.service.desk import SHORT_LEASE, Desk, epoch, held


def test_a_healthy_trial(desk: Desk) -> None:
    claim = at(desk, 0.031, 2.1e-4)
    keep(desk, claim, "checkpoint.safetensors", b"x" * 18_300)
    number = healthy(desk, claim)
    said = page(desk, f"/trials/{number}")
    words = read(said)
    assert "97.4 % validation accuracy at epoch 5 of 5; note: Layer fc1 moves" in words
    assert "Learning rate 0.031 Weight decay 2.1e-4" in words
    for name in TRIAL_FIGURES.names():
        assert f'data-figure="/v1/trials/{number}/figures/{name}"' in said
    assert words.index("◆ note update_ratio epochs 1–5") < words.index("● pass initial_loss before")
    assert "Trains this trial anew with lr 0.031 → 0.01 ." in words
    assert "Layers, log scale fc1 0.02 output 0.001" in words
    assert 'href="/checks/update_ratio"' in said
    assert f'href="/v1/trials/{number}/artifacts/checkpoint.safetensors"' in said
    assert "18.3 kB" in words
    assert "batch_size: 64" in words
    assert 'data-follow="no"' in said


MANY = json.dumps([[1] * 21] * 21)
LARGE = f"[[1]{' ' * 30_000}]"
SIGNALS = {
    "val_f1_macro": 0.912,
    "val_accuracy_low": 0.951,
    "val_accuracy_high": 0.985,
    "mc_entropy": 0.31,
    "fold_val_loss": {"fold 1": 0.5, "<b>fold 2": None},
    "fold_val_accuracy": {"fold 1": 0.98, "<b>fold 2": 0.97},
}


def test_what_else_was_measured_at_the_best_epoch(desk: Desk) -> None:
    claim = at(desk, 0.1)
    [about] = held(claim)
    rows = [
        epoch(about, 1, val_accuracy=0.5, signals={"val_f1_macro": 0.4}),
        epoch(about, 2, val_accuracy=0.97, signals=SIGNALS),
        epoch(about, 3, val_accuracy=0.96, signals={"val_f1_macro": 0.6}),
    ]
    keep(desk, claim, "confusion.json", b"[[8, 1], [0, 12345]]")
    desk.finish(claim, epochs=rows, ends=[about | {"state": "complete"}])
    said = page(desk, f"/trials/{about['trial']}")
    words = read(said)
    assert "Also measured Epoch 2, the best" in words
    assert "Validation F1 (macro) 0.912" in words
    assert "Validation accuracy, interval 95.1 % to 98.5 %" in words
    assert "MC-dropout prediction 0.310 nat" in words
    assert "Metric fold 1 <b>fold 2 Validation loss 0.500 –" in words
    assert "<b>fold" not in said
    assert "True class 0 1 0 8 1 1 – 12 345" in words


def test_nothing_else_measured_leaves_no_trace(desk: Desk) -> None:
    said = page(desk, f"/trials/{healthy(desk, at(desk, 0.1))}")
    assert "Also measured" not in said
    assert '<section id="measured" data-live hidden>' in said


@pytest.mark.parametrize(
    "content",
    ["", "no json", "[]", "[[1, 2]]", "[[1.5]]", "[[true]]", "{}", "[" * 9000, MANY, LARGE],
    ids=range(10),
)
def test_only_a_small_matrix_is_shown(desk: Desk, content: str) -> None:
    claim = at(desk, 0.1)
    keep(desk, claim, "confusion.json", content.encode())
    desk.complete(claim)
    said = page(desk, f"/trials/{held(claim)[0]['trial']}")
    assert "True class" not in said
    assert "artifacts/confusion.json" in said


def test_an_infeasible_trial_names_the_cause(desk: Desk) -> None:
    _, trials = study_of_each(desk)
    words = read(page(desk, f"/trials/{trials['diverged']}"))
    assert "Infeasible after 3 epochs: The loss is not finite since epoch 3" in words
    assert "■ fatal non_finite epoch 3" in words
    assert "Measured once for all trials of this recipe shape" in words
    assert "No file was kept of this trial." in words


def test_a_failed_trial_keeps_its_traceback(desk: Desk) -> None:
    number = failed(desk, at(desk, 0.1))
    said = page(desk, f"/trials/{number}")
    assert "Failed: ValueError: <b>no</b> data" in read(said)
    assert "<b>no</b>" not in said
    assert "What went wrong Traceback (most recent call last)" in read(said)


def test_waiting_and_running_trials(desk: Desk) -> None:
    number = desk.submit(trials=0)["id"]
    added = desk.http.post(
        f"/v1/studies/{number}/trials", json={"points": [{"optimizer.lr": 0.1}]}
    ).json()["items"][0]["id"]
    words = read(page(desk, f"/trials/{added}"))
    assert "Waiting for a worker to take it." in words
    assert "No worker has taken this trial yet." in words
    assert "Verdicts appear with the trial's first report." in words
    desk.claim()
    running = page(desk, f"/trials/{added}")
    assert "Training its first epoch of 20." in read(running)
    assert 'data-follow="trial"' in running


@SHORT_LEASE
def test_lost_attempts_stay_on_the_page(desk: Desk) -> None:
    claim = at(desk, 0.1)
    [about] = held(claim)
    desk.await_(lambda: desk.get(f"/v1/trials/{about['trial']}")["state"] == "waiting")
    words = read(page(desk, f"/trials/{about['trial']}"))
    assert "lost" in words
    assert "the worker was not heard of any more" in words
