"""A trial's page: healthy, infeasible, failed, waiting, lost."""

from service.dashboard.figures import TRIAL_FIGURES
from tests.service.dashboard.filling import (
    at,
    failed,
    healthy,
    study_of_each,
)
from tests.service.dashboard.reading import page, read
from tests.service.desk import SHORT_LEASE, Desk, held


def test_a_healthy_trial(desk: Desk) -> None:
    claim = at(desk, 0.031, 2.1e-4)
    [about] = held(claim)
    stored = desk.http.put(
        f"/v1/leases/{claim['lease']}/trials/{about['trial']}/artifacts/checkpoint.safetensors",
        content=b"x" * 18_300,
        headers={"Lease-Token": claim["token"]},
    )
    assert stored.status_code == 204
    number = healthy(desk, claim)
    said = page(desk, f"/trials/{number}")
    words = read(said)
    assert "97.4 % validation accuracy at epoch 5 of 5; note: Layer fc1 moves" in words
    assert "Learning rate 0.031 Weight decay 2.1e-4" in words
    for name in TRIAL_FIGURES.names():
        assert f'data-figure="/v1/trials/{number}/figures/{name}"' in said
    assert words.index("◆ note update_ratio epochs 1–5") < words.index("● pass initial_loss before")
    assert "optimizer.lr: 0.01" in words
    assert "layers, fc1 0.02" in words
    assert 'href="/checks#update_ratio"' in said
    assert f'href="/v1/trials/{number}/artifacts/checkpoint.safetensors"' in said
    assert "18.3 kB" in words
    assert "batch_size: 64" in words
    assert 'data-follow="no"' in said


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
