"""A worker against a real service: what it trains, reports, gives back and survives."""

import time

import pytest

from sitter.answers import Claim
from sitter.client import Sitter
from sitter.fleet import worker as worker_module
from sitter.fleet.lease import Lease
from sitter.fleet.worker import Stopped, Worker, main
from trainer.checkpoint import load_model
from trainer.errors import NoSuchDevice

STUDY = {
    "name": "s",
    "recipe": {"epochs": 2, "model": {"name": "mlp", "hidden": [8]}},
    "space": {"optimizer.lr": {"log_uniform": [0.05, 0.2]}},
    "trials": 2,
}


def claimed(client: Sitter, **study: object) -> tuple[int, Claim]:
    submitted = client.submit(STUDY | study)
    claim = client.claim({"name": "w"}, slots=4)
    assert claim is not None
    return submitted.id, claim


def test_trains_reports_and_keeps_the_checkpoint(client: Sitter) -> None:
    study, claim = claimed(client)
    Worker(client, on="cpu").train(claim)
    done = client.study(study)
    assert (done.state, done.counts["complete"]) == ("complete", 2)
    for trial in client.trials(study):
        epochs = list(client.epochs(trial.id))
        assert [e.epoch for e in epochs if e.epoch] == [1, 2]
        assert max(e.val_accuracy for e in epochs if e.epoch) == trial.value
        load_model(client.checkpoint(trial.id))
    # The preflight is the first trial's, and its verdicts hold for both.
    assert next(e.epoch for e in client.epochs(1)) == 0
    checks = {v.check for v in client.trial_verdicts(2)}
    assert {"initial_loss", "overfit_subset", "non_finite", "plateau"} <= checks


def test_a_wrong_recipe_fails_with_its_reason(client: Sitter) -> None:
    recipe = STUDY["recipe"] | {"split": {"name": "holdout", "validation": 0.001}}  # type: ignore[operator]
    study, claim = claimed(client, recipe=recipe)
    Worker(client, on="cpu").train(claim)
    assert client.study(study).counts["failed"] == 2
    assert "split.validation" in (client.trial(1).reason or "")


def test_a_broken_part_fails_with_its_traceback(
    client: Sitter, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> object:
        raise ZeroDivisionError("user code")
        yield

    monkeypatch.setattr(worker_module, "run", broken)
    study, claim = claimed(client)
    Worker(client, on="cpu").train(claim)
    assert client.study(study).counts["failed"] == 2
    assert "ZeroDivisionError: user code" in (client.trial(1).reason or "")


def test_a_diverging_trial_ends_infeasible(client: Sitter) -> None:
    study = client.submit(STUDY | {"trials": 0}).id
    client.enqueue(study, {"optimizer.lr": 1000.0})
    claim = client.claim({"name": "w"})
    assert claim is not None
    Worker(client, on="cpu").train(claim)
    trial = client.trial(1)
    assert trial.state == "infeasible"
    assert "1000" in (trial.reason or "")


def test_a_cancelled_study_stops_the_worker(client: Sitter) -> None:
    recipe = STUDY["recipe"] | {"epochs": 100_000}  # type: ignore[operator]
    study, claim = claimed(client, recipe=recipe)
    client.change(study, state="cancelled")
    began = time.monotonic()
    Worker(client, on="cpu").train(claim)
    assert time.monotonic() - began < 20
    assert client.study(study).counts["cancelled"] == 2


def test_a_lost_lease_is_left_alone(client: Sitter) -> None:
    study, claim = claimed(client)
    client.release(claim.lease, claim.token)
    Worker(client, on="cpu").train(claim)
    assert client.study(study).counts["waiting"] == 2


def test_asked_to_stop_it_gives_its_trials_back(
    client: Sitter, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopping(*_: object, **__: object) -> object:
        raise Stopped
        yield

    monkeypatch.setattr(worker_module, "run", stopping)
    study, claim = claimed(client)
    with pytest.raises(Stopped):
        Worker(client, on="cpu").train(claim)
    assert client.study(study).counts["waiting"] == 2
    assert [a.state for a in client.trial(1).attempt_list] == ["released"]


def test_the_heart_beats_while_an_epoch_lasts(client: Sitter) -> None:
    study, claim = claimed(client)
    lease = Lease(client, claim)
    time.sleep(2.5 * claim.lease_seconds)  # longer than the lease, nothing reported
    lease.finish()
    assert not lease.lost
    assert client.trial(1).attempt_list[0].state == "released"
    assert client.study(study).counts["waiting"] == 2


def test_a_heart_learns_of_the_loss(client: Sitter) -> None:
    _, claim = claimed(client)
    lease = Lease(client, claim)
    client.release(claim.lease, claim.token)
    deadline = time.monotonic() + 10
    while not lease.lost and time.monotonic() < deadline:
        time.sleep(0.02)  # the heart beats every third of a second
    assert lease.lost
    assert not lease.wants(claim.assignments[0])
    lease.finish()  # nothing is sent any more


def test_main_says_what_is_wrong(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], url: str
) -> None:
    monkeypatch.setattr(worker_module.signal, "signal", lambda *_: None)
    assert main(["--url", url, "--device", "cuda:99"]) == 1
    assert "cuda:99" in capsys.readouterr().err
    monkeypatch.setattr(worker_module, "PATIENCE_SECONDS", 0.0)
    assert main(["--url", "http://127.0.0.1:1"]) == 1
    assert "no service answers" in capsys.readouterr().err


def test_main_ends_well_when_stopped(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    def stopped(*_: object, **__: object) -> None:
        raise Stopped

    monkeypatch.setattr(worker_module.signal, "signal", lambda *_: None)
    monkeypatch.setattr(Sitter, "claim", stopped)
    assert main(["--url", url, "--device", "cpu", "--threads", "1"]) == 0


def test_a_device_that_is_not_there(client: Sitter) -> None:
    with pytest.raises(NoSuchDevice, match="tpu"):
        Worker(client, on="tpu")
