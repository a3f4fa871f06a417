"""A worker against a real service: what it trains, reports, gives back and survives."""

import time
from typing import Any

import pytest
import torch

from sitter.answers import Claim
from sitter.client import Sitter
from sitter.errors import Refused
from sitter.fleet import worker as worker_module
from sitter.fleet.lease import Lease
from sitter.fleet.worker import Stopped, Worker, main
from trainer.checkpoint import Checkpoint, load_model
from trainer.errors import NoSuchDevice

SHORT_LEASE = pytest.mark.parametrize("lease_seconds", [2.0])
STUDY: dict[str, Any] = {
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
    Worker(client, on="cpu", slots=1).train(claim)
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


def test_starts_from_another_trial(client: Sitter) -> None:
    _, claim = claimed(client, trials=1)
    Worker(client, on="cpu", slots=1).train(claim)
    transfer = {"trial": claim.assignments[0].trial, "train": "head"}
    study, claim = claimed(client, recipe=STUDY["recipe"] | {"transfer": transfer}, trials=1)
    Worker(client, on="cpu", slots=1).train(claim)
    assert client.study(study).counts["complete"] == 1
    before, after = (Checkpoint.from_bytes(client.checkpoint(trial)) for trial in (1, 2))
    same = {name for name, t in after.state.items() if torch.equal(t, before.state[name])}
    assert same == {"fc1.weight", "fc1.bias"}


def test_a_trial_that_is_gone_fails_those_that_start_from_it(client: Sitter) -> None:
    first, claim = claimed(client, trials=1)
    Worker(client, on="cpu", slots=1).train(claim)
    study, claim = claimed(client, recipe=STUDY["recipe"] | {"transfer": {"trial": 1}})
    client.delete(first)
    Worker(client, on="cpu", slots=1).train(claim)
    assert client.study(study).counts["failed"] == 2
    for trial in client.trials(study):
        assert "transfer.trial: its checkpoint cannot be fetched" in (trial.reason or "")
        assert "there is no trial 1" in (trial.reason or "")


def test_a_service_that_refuses_is_no_fault_of_the_trial(
    client: Sitter, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object) -> bytes:
        raise Refused(401, "unauthorized", "the token is missing or wrong", [])

    _, claim = claimed(client, trials=1)
    Worker(client, on="cpu", slots=1).train(claim)
    study, claim = claimed(client, recipe=STUDY["recipe"] | {"transfer": {"trial": 1}})
    monkeypatch.setattr(client, "checkpoint", refused)
    with pytest.raises(Refused, match="token"):
        Worker(client, on="cpu", slots=1).train(claim)
    assert client.study(study).counts["failed"] == 0


def test_what_is_stored_as_a_checkpoint_may_be_none(client: Sitter) -> None:
    _, claim = claimed(client, trials=1)
    held = claim.assignments[0]
    client.keep(claim.lease, claim.token, held.trial, "best.safetensors", b"nothing")
    client.release(claim.lease, claim.token)
    study = client.submit(
        STUDY | {"recipe": STUDY["recipe"] | {"transfer": {"trial": held.trial}}, "trials": 1}
    ).id
    started = client.claim({"name": "w"}, study=study)
    assert started is not None
    Worker(client, on="cpu", slots=1).train(started)
    (trial,) = client.trials(study)
    assert "transfer.trial: this is no checkpoint of ours" in (trial.reason or "")


def test_a_wrong_recipe_fails_with_its_reason(client: Sitter) -> None:
    recipe = STUDY["recipe"] | {"split": {"name": "holdout", "validation": 0.001}}
    study, claim = claimed(client, recipe=recipe)
    Worker(client, on="cpu", slots=1).train(claim)
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
    Worker(client, on="cpu", slots=1).train(claim)
    assert client.study(study).counts["failed"] == 2
    assert "ZeroDivisionError: user code" in (client.trial(1).reason or "")


def test_a_diverging_trial_ends_infeasible(client: Sitter) -> None:
    study = client.submit(STUDY | {"trials": 0}).id
    client.enqueue(study, {"optimizer.lr": 1000.0})
    claim = client.claim({"name": "w"})
    assert claim is not None
    Worker(client, on="cpu", slots=1).train(claim)
    trial = client.trial(1)
    assert trial.state == "infeasible"
    assert "1000" in (trial.reason or "")


def test_a_cancelled_study_stops_the_worker(client: Sitter) -> None:
    recipe = STUDY["recipe"] | {"epochs": 100_000}
    study, claim = claimed(client, recipe=recipe)
    client.change(study, state="cancelled")
    began = time.monotonic()
    Worker(client, on="cpu", slots=1).train(claim)
    assert time.monotonic() - began < 20
    assert client.study(study).counts["cancelled"] == 2


def test_a_lost_lease_is_left_alone(client: Sitter) -> None:
    study, claim = claimed(client)
    client.release(claim.lease, claim.token)
    Worker(client, on="cpu", slots=1).train(claim)
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
        Worker(client, on="cpu", slots=1).train(claim)
    assert client.study(study).counts["waiting"] == 2
    assert [a.state for a in client.trial(1).attempt_list] == ["released"]


@SHORT_LEASE
def test_the_heart_beats_while_an_epoch_lasts(client: Sitter) -> None:
    study, claim = claimed(client)
    lease = Lease(client, claim)
    time.sleep(1.5 * claim.lease_seconds)  # longer than the lease, nothing reported
    lease.finish()
    assert not lease.lost
    assert client.trial(1).attempt_list[0].state == "released"
    assert client.study(study).counts["waiting"] == 2


@SHORT_LEASE
def test_a_heart_learns_of_the_loss(client: Sitter) -> None:
    _, claim = claimed(client)
    lease = Lease(client, claim)
    client.release(claim.lease, claim.token)
    deadline = time.monotonic() + 10
    while not lease.lost and time.monotonic() < deadline:
        time.sleep(0.02)  # the heart beats three times in a lease
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
