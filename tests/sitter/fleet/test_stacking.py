"""A worker that trains stacks, against a real service: slots are filled, freed and filled again."""

from typing import Any

import pytest
import torch

from sitter.answers import Claim, Trial
from sitter.client import Sitter
from sitter.fleet.lease import Lease
from sitter.fleet.worker import Worker
from trainer.checkpoint import load_model
from trainer.errors import BadRecipe
from trainer.events import EpochEnded
from trainer.loop import run
from trainer.models.mlp import Mlp
from trainer.recipe import Recipe
from trainer.stack.fusion import Fusion
from trainer.stack.planner import Plan

WIDTH = 4
RECIPE: dict[str, Any] = {
    "data": {"name": "blobs", "samples": 200},
    "model": {"name": "mlp", "hidden": [8]},
    "epochs": 4,
    "batch_size": 16,
    "data_seed": 0,
}
STUDY: dict[str, Any] = {
    "name": "stacked",
    "recipe": RECIPE,
    "space": {"optimizer.lr": {"log_uniform": [0.05, 0.2]}},
    "trials": 10,
}


class Always:
    """A planner that has made up its mind; `halved` counts how often memory ran out."""

    def __init__(self, width: int = WIDTH) -> None:
        self.width, self.halved = width, 0

    def plan(self, recipe: Recipe) -> Plan:
        return Plan("lowered", self.width, 3.0, f"{self.width} trials stacked")

    def halve(self, recipe: Recipe) -> Plan:
        self.width, self.halved = max(1, self.width // 2), self.halved + 1
        return self.plan(recipe)


def claimed(client: Sitter, slots: int = 1, **study: Any) -> tuple[int, Claim]:
    submitted = client.submit(STUDY | study)
    claim = client.claim({"name": "w"}, study=submitted.id, slots=slots)
    assert claim is not None
    return submitted.id, claim


def worker(client: Sitter, planner: Always | None = None) -> Worker:
    return Worker(client, on="cpu", planner=planner or Always())


def trained(client: Sitter, **study: Any) -> int:
    number, claim = claimed(client, **study)
    worker(client).train(claim)
    return number


def metrics(client: Sitter, trial: Trial) -> dict[int, float | None]:
    return {e.epoch: e.val_loss for e in client.epochs(trial.id) if e.epoch}


def test_one_lease_trains_the_whole_study(client: Sitter) -> None:
    study = trained(client)
    done = client.study(study)
    assert (done.state, done.counts["complete"]) == ("complete", 10)
    attempts = [client.trial(t.id).attempt_list for t in client.trials(study)]
    assert [[a.state for a in tried] for tried in attempts] == [["ended"]] * 10
    for trial in client.trials(study):
        assert list(metrics(client, trial)) == [1, 2, 3, 4]
        load_model(client.checkpoint(trial.id))
    assert {v.check for v in client.trial_verdicts(10)} >= {"initial_loss", "non_finite", "plateau"}


def test_a_refilled_trial_is_the_single_loop_at_the_recorded_offset(client: Sitter) -> None:
    """Those of the second and third filling came when the stack had seen 4 and 8 epochs."""
    study = trained(client)
    trials = list(client.trials(study))
    offsets = [client.trial(t.id).attempt_list[-1].first_data_epoch for t in trials]
    assert offsets == [0] * 4 + [4] * 4 + [8] * 2
    for trial, offset in zip(trials[::3], offsets[::3], strict=True):
        recipe = Recipe.model_validate(client.trial(trial.id).recipe)
        events = run(recipe, preflight=False, first_data_epoch=offset)
        alone = {e.epoch: e.metrics["val_loss"] for e in events if isinstance(e, EpochEnded)}
        assert metrics(client, trial) == pytest.approx(alone, rel=1e-4)


def test_trials_of_several_lengths_share_the_slots(client: Sitter) -> None:
    space = {**STUDY["space"], "epochs": {"choice": [1, 2, 3, 5]}}
    study = trained(client, space=space)
    assert client.study(study).counts["complete"] == 10
    for trial in client.trials(study):
        assert trial.epochs_done == trial.epochs == len(metrics(client, trial))


def test_pruned_trials_make_room(client: Sitter) -> None:
    space = {"optimizer.lr": {"log_uniform": [1e-4, 0.5]}}
    study = trained(client, space=space, stopping="halving", trials=24)
    done = client.study(study)
    assert done.state == "complete"
    assert done.counts["pruned"] > 0
    assert done.counts["pruned"] + done.counts["complete"] == 24


def test_a_hopeless_trial_leaves_the_others_alone(client: Sitter) -> None:
    study = client.submit(STUDY | {"trials": 0, "recipe": RECIPE | {"epochs": 30}}).id
    client.enqueue(study, {"optimizer.lr": 0.1}, {"optimizer.lr": 1e30}, {"optimizer.lr": 0.05})
    claim = client.claim({"name": "w"})
    assert claim is not None
    worker(client).train(claim)
    assert [t.state for t in client.trials(study)] == ["complete", "infeasible", "complete"]


def test_a_trial_with_a_wrong_recipe_fails_alone(
    client: Sitter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where only the data shows what is wrong."""
    made = Fusion.trial

    def picky(self: Fusion, recipe: Recipe, resume: Any = None) -> Any:
        if recipe.optimizer.lr == 0.125:
            raise BadRecipe("optimizer.lr", 0.125, "does not suit the data")
        return made(self, recipe, resume)

    monkeypatch.setattr(Fusion, "trial", picky)
    study = client.submit(STUDY | {"trials": 0}).id
    client.enqueue(study, *({"optimizer.lr": lr} for lr in (0.1, 0.125, 0.2)))
    claim = client.claim({"name": "w"})
    assert claim is not None
    worker(client).train(claim)
    trials = list(client.trials(study))
    assert [t.state for t in trials] == ["complete", "failed", "complete"]
    assert "optimizer.lr: does not suit the data" in (trials[1].reason or "")


def test_a_model_that_breaks_in_a_stack_is_trained_alone(
    client: Sitter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As user code may: it asks for a number, which torch.func cannot give."""

    class Asking(torch.nn.Module):
        def __init__(self, inner: torch.nn.Module) -> None:
            super().__init__()
            self.inner = inner

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            outputs: torch.Tensor = self.inner(x)
            return outputs if outputs.detach().mean().item() < 1e9 else outputs * 0

    made = Mlp.build
    monkeypatch.setattr(Mlp, "build", lambda self, form: Asking(made(self, form)))
    study = trained(client, trials=5)
    assert client.study(study).counts["complete"] == 5


def test_a_stack_that_breaks_later_is_gone_on_with_at_its_offset(
    client: Sitter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the second filling, when one of its epochs has been told already."""
    epoch = Fusion.epoch

    def breaking(self: Fusion) -> Any:
        if self.data_epoch == 5:
            raise ZeroDivisionError("user code")
        return epoch(self)

    monkeypatch.setattr(Fusion, "epoch", breaking)
    study = trained(client)
    trials = list(client.trials(study))
    assert [t.state for t in trials] == ["complete"] * 10
    offsets = [client.trial(t.id).attempt_list[-1].first_data_epoch for t in trials]
    assert offsets == [0] * 4 + [4] * 4 + [0] * 2
    recipe = Recipe.model_validate(client.trial(trials[5].id).recipe)
    events = run(recipe, preflight=False, first_data_epoch=4)
    alone = {e.epoch: e.metrics["val_loss"] for e in events if isinstance(e, EpochEnded)}
    assert metrics(client, trials[5]) == pytest.approx(alone, rel=1e-4)


def test_out_of_memory_gives_the_trials_back_and_halves(
    client: Sitter, monkeypatch: pytest.MonkeyPatch
) -> None:
    epoch = Fusion.epoch

    def full(self: Fusion) -> Any:
        if len(self.trials) > 2:
            raise torch.OutOfMemoryError("as CUDA says it")
        return epoch(self)

    monkeypatch.setattr(Fusion, "epoch", full)
    planner = Always()
    study, claim = claimed(client)
    worker(client, planner).train(claim)
    assert (planner.width, planner.halved) == (2, 1)
    assert client.study(study).counts["waiting"] == 10
    again = client.claim({"name": "w"}, study=study)
    assert again is not None
    worker(client, planner).train(again)
    assert client.study(study).counts["complete"] == 10
    states = [[a.state for a in client.trial(t.id).attempt_list] for t in client.trials(study)]
    assert states == [["released", "ended"]] * 4 + [["ended"]] * 6


def test_the_plan_is_on_the_lease(client: Sitter) -> None:
    plan = client.study(trained(client)).plan
    assert plan is not None
    assert (plan.engine, plan.width, plan.times_faster) == ("lowered", WIDTH, 3.0)


@pytest.mark.parametrize("width", [1, WIDTH])
def test_a_lost_attempt_goes_on_from_its_snapshot(client: Sitter, width: int) -> None:
    """The first worker dies after two epochs; the second goes on with the third."""
    recipe = RECIPE | {"epochs": 6, "snapshots": {"keep": "last"}}
    study, claim = claimed(client, slots=3, recipe=recipe, trials=3)
    first = claim.assignments[0]
    taken = [e for e in run(Recipe.model_validate(first.recipe)) if hasattr(e, "snapshot")][1]
    held = {"trial": first.trial, "attempt": first.attempt}
    rows = [held | {"epoch": n, "val_loss": 9.0 - n, "val_accuracy": 0.1 * n} for n in (1, 2)]
    file = f"{taken.slot}.safetensors", taken.snapshot.to_bytes()
    client.keep(claim.lease, claim.token, first.trial, *file)
    client.report(claim.lease, claim.token, epochs=rows)
    client.release(claim.lease, claim.token)
    again = client.claim({"name": "w"}, study=study)
    assert again is not None
    worker(client, Always(width)).train(again)
    assert client.study(study).counts["complete"] == 3
    told = {e.epoch: e.val_loss for e in client.epochs(first.trial) if e.epoch}
    assert sorted(told) == [1, 2, 3, 4, 5, 6]
    assert (told[1], told[2]) == (8.0, 7.0)  # the first attempt's
    assert client.trial(first.trial).attempt_list[-1].resumed_epoch == 2


@pytest.mark.parametrize("width", [1, WIDTH])
def test_a_lost_attempt_that_was_over_is_ended_not_trained(client: Sitter, width: int) -> None:
    """The worker died between its last snapshot and its last word."""
    recipe = RECIPE | {"epochs": 2, "snapshots": {"keep": "last"}}
    study, claim = claimed(client, recipe=recipe, trials=1)
    held = claim.assignments[0]
    taken = [e for e in run(Recipe.model_validate(held.recipe)) if hasattr(e, "snapshot")][-1]
    file = f"{taken.slot}.safetensors", taken.snapshot.to_bytes()
    client.keep(claim.lease, claim.token, held.trial, *file)
    about = {"trial": held.trial, "attempt": held.attempt}
    rows = [about | {"epoch": n, "val_accuracy": 0.1 * n} for n in (1, 2)]
    client.report(claim.lease, claim.token, epochs=rows)
    client.release(claim.lease, claim.token)
    again = client.claim({"name": "w"}, study=study)
    assert again is not None
    worker(client, Always(width)).train(again)
    trial = client.trial(held.trial)
    assert (trial.state, trial.epochs_done, trial.value) == ("complete", 2, 0.2)
    load_model(client.checkpoint(held.trial))


def test_a_trial_that_was_taken_from_us_may_come_again(client: Sitter) -> None:
    """Its first attempt is stopped by the service; a refill then brings it back."""
    study, claim = claimed(client, trials=1)
    lease = Lease(client, claim)
    held = claim.assignments[0]
    other = client.report(claim.lease, claim.token, released=[{"trial": held.trial, "attempt": 1}])
    assert other.stop == []
    lease.epoch(held, {"epoch": 1, "val_accuracy": 0.5})
    (again,) = lease.send(1)
    assert (again.trial, again.attempt) == (held.trial, 2)
    assert lease.wants(again)
    lease.release()
    assert client.study(study).counts["waiting"] == 1
