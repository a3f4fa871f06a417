"""The plain loop: what it tells in which order, and when it stops."""

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn
from torch.nn.modules.module import register_module_forward_hook

from diagnostics import Severity
from diagnostics.check import BadThreshold
from diagnostics.parts import UnknownPart
from trainer.errors import BadRecipe, NoSuchDevice
from trainer.evaluation import evaluate
from trainer.events import Ended, EpochEnded, Event, Judged, PreflightEnded, Started
from trainer.loop import run
from trainer.menu import part
from trainer.recipe import Diagnostics, Objective, Recipe

GOOD = {"lr": 0.1, "momentum": 0.9}
SHAPE_CHECKS = {"initial_loss", "overfit_subset"}


def recipe(**settings: Any) -> Recipe:
    return Recipe.model_validate({"optimizer": GOOD, "epochs": 2} | settings)


def epochs(events: list[Event]) -> list[EpochEnded]:
    return [event for event in events if isinstance(event, EpochEnded)]


def ended(events: list[Event]) -> Ended:
    assert isinstance(events[-1], Ended)
    return events[-1]


def kinds(events: list[Event]) -> list[type[Event]]:
    """Without verdicts, whose number is the checks' affair."""
    return [type(event) for event in events if not isinstance(event, Judged)]


def verdicts(events: list[Event], check: str) -> list[Severity]:
    judged = [event.verdict for event in events if isinstance(event, Judged)]
    return [verdict.severity for verdict in judged if verdict.check == check]


def test_events_come_in_order() -> None:
    events = list(run(recipe()))
    assert kinds(events) == [Started, PreflightEnded, EpochEnded, EpochEnded, Ended]
    assert isinstance(events[2], Judged)  # the verdicts on the preflight follow it
    after = [event for event in events[2:] if isinstance(event, Judged)]
    assert {event.verdict.check for event in after} >= SHAPE_CHECKS | {"non_finite", "diverging"}


def test_started_describes_the_run() -> None:
    started = next(run(recipe(batch_size=100), device="auto"))
    assert isinstance(started, Started)
    assert started.recipe == recipe(batch_size=100)
    assert (started.form.outputs, started.train_samples, started.val_samples) == (10, 1437, 360)
    assert started.steps_per_epoch == 15  # the last batch has 37 samples
    assert started.parameters == 64 * 64 + 64 + 64 * 10 + 10
    assert started.device in ("cpu", "cuda:0")


def test_epochs_report_metrics_lr_and_signals() -> None:
    events = list(run(recipe(schedule="cosine", epochs=3)))
    epochs = [event for event in events if isinstance(event, EpochEnded)]
    assert [event.epoch for event in epochs] == [1, 2, 3]
    for event in epochs:
        assert set(event.metrics) == {"train_loss", "val_loss", "train_accuracy", "val_accuracy"}
        assert event.seconds > 0
        assert isinstance(ratios := event.signals["update_ratio"], dict)
        assert list(ratios) == ["fc1", "output"]
        assert not set(event.metrics) & set(event.signals)
    assert epochs[0].lr > epochs[1].lr > epochs[2].lr > 0
    assert ended(events).epochs == 3


def test_without_preflight_shape_checks_say_nothing() -> None:
    events = list(run(recipe(), preflight=False))
    assert kinds(events) == [Started, EpochEnded, EpochEnded, Ended]
    assert not any(verdicts(events, check) for check in SHAPE_CHECKS)
    assert verdicts(events, "non_finite")


def test_the_reference_subset_does_not_depend_on_the_lr() -> None:
    hopeless = recipe(optimizer={"lr": 1e-7}, epochs=1)
    own, reference = (list(run(hopeless, reference_subset=chosen)) for chosen in (False, True))
    assert verdicts(own, "overfit_subset") == [Severity.WARNING]
    assert verdicts(reference, "overfit_subset") == [Severity.PASS]


@pytest.mark.parametrize("model", ["mlp", "small_cnn"])
def test_digits_are_learned(model: str) -> None:
    epochs = 20 if model == "mlp" else 6
    good = recipe(model=model, schedule="cosine", epochs=epochs)
    events = list(run(good))
    checkpoint = ended(events).checkpoint
    assert checkpoint is not None
    accuracy = checkpoint.metrics["val_accuracy"]
    assert accuracy is not None
    assert accuracy >= 0.95
    assert ended(events).outcome == "complete"
    severities = {event.verdict.severity for event in events if isinstance(event, Judged)}
    assert severities <= {Severity.PASS, Severity.SKIPPED}


def test_adamw_learns_too() -> None:
    events = list(run(recipe(optimizer={"name": "adamw", "lr": 3e-3}, epochs=10), preflight=False))
    accuracies = [
        event.metrics["val_accuracy"] for event in events if isinstance(event, EpochEnded)
    ]
    assert max(value for value in accuracies if value is not None) >= 0.95


@pytest.mark.parametrize("preflight", [True, False])
def test_lr_1000_is_infeasible_right_after_its_fatal_verdict(preflight: bool) -> None:
    hopeless = recipe(optimizer={"lr": 1000.0, "momentum": 0.9}, epochs=20)
    events = list(run(hopeless, preflight=preflight))
    fatal = next(i for i, e in enumerate(events) if is_fatal(e))
    assert all(isinstance(event, Judged) for event in events[fatal:-1])
    assert ended(events).outcome == "infeasible"
    assert ended(events).epochs <= 3
    assert "lr 1000" in " ".join(e.verdict.summary for e in events if isinstance(e, Judged))


def is_fatal(event: Event) -> bool:
    return isinstance(event, Judged) and event.verdict.severity is Severity.FATAL


def test_stop_on_never_goes_on() -> None:
    hopeless = recipe(optimizer={"lr": 1000.0, "momentum": 0.9}, epochs=4)
    events = list(run(hopeless, diagnostics=Diagnostics(stop_on="never")))
    assert any(is_fatal(event) for event in events)
    assert (ended(events).outcome, ended(events).epochs) == ("complete", 4)


def test_the_profile_none_trains_the_same_and_measures_nothing() -> None:
    hopeless = recipe(optimizer={"lr": 1000.0, "momentum": 0.9}, evaluation={"metrics": ["f1"]})
    bare = list(run(hopeless, diagnostics=Diagnostics(profile="none")))
    watched = list(run(hopeless, diagnostics=Diagnostics(stop_on="never")))
    assert [type(event) for event in bare] == [Started, EpochEnded, EpochEnded, Ended]
    for event, twin in zip(epochs(bare), epochs(watched), strict=True):
        assert (event.metrics, event.lr) == (twin.metrics, twin.lr)
        assert set(event.signals) == {"val_f1_macro"}
        assert event.signals.items() < twin.signals.items()
    assert (ended(bare).outcome, ended(bare).epochs) == ("complete", 2)


def test_numbers_that_are_not_finite_are_none_and_never_best() -> None:
    """The argmax of nan is class 0: a tenth of the digits would be right."""
    broken = recipe(optimizer={"lr": 1e30}, epochs=2)
    events = list(run(broken, diagnostics=Diagnostics(stop_on="never"), preflight=False))
    epochs = [event for event in events if isinstance(event, EpochEnded)]
    assert len(epochs) == 2
    for event in epochs:
        assert set(event.metrics.values()) == {None}
    assert ended(events).checkpoint is None


def test_thresholds_reach_the_checks() -> None:
    strict = Diagnostics(checks={"initial_loss": {"above": 1.0, "far_above": 1.0}})
    plain = list(run(recipe(epochs=1)))
    judged = list(run(recipe(epochs=1), diagnostics=strict))
    assert verdicts(plain, "initial_loss") == [Severity.PASS]
    assert verdicts(judged, "initial_loss") != [Severity.PASS]


def test_unknown_checks_and_thresholds_are_refused_before_training() -> None:
    with pytest.raises(UnknownPart, match="did you mean 'plateau'"):
        next(run(recipe(), diagnostics=Diagnostics(checks={"platau": {}})))
    with pytest.raises(BadThreshold, match="diverging has no threshold 'hopless'"):
        next(run(recipe(), diagnostics=Diagnostics(checks={"diverging": {"hopless": 1}})))


def test_closing_stops_the_training() -> None:
    steps = 0

    def count(module: nn.Module, _inputs: Any, _output: Any) -> None:
        nonlocal steps
        steps += module.training and isinstance(module, nn.Sequential)

    hook = register_module_forward_hook(count)
    try:
        events = run(recipe(epochs=20), preflight=False)
        while not isinstance(next(events), EpochEnded):
            pass
        # 1,437 samples in batches of 64, and a copy that was tried before; nothing is ahead.
        assert steps == 23 + 1
        events.close()
        assert list(events) == []
        assert steps == 23 + 1
    finally:
        hook.remove()


def test_early_stopping() -> None:
    """A frozen model improves in its first epoch only, since any number beats none."""
    frozen = recipe(
        optimizer={"lr": 1e-12}, epochs=20, early_stopping={"patience": 3, "min_delta": 0.1}
    )
    for metric in ("val_loss", "val_accuracy"):
        objective = Objective.model_validate({"metric": metric})
        events = list(run(frozen, objective=objective, preflight=False))
        assert (ended(events).epochs, ended(events).outcome) == (4, "complete")


@pytest.mark.parametrize("metric", ["val_accuracy", "val_loss", "train_accuracy", "train_loss"])
def test_the_checkpoint_is_of_the_best_epoch_by_the_objective(metric: str) -> None:
    objective = Objective.model_validate({"metric": metric})
    shaky = recipe(optimizer={"lr": 1.0, "momentum": 0.5}, epochs=6)
    events = list(run(shaky, objective=objective, preflight=False))
    by_epoch = {e.epoch: e.metrics for e in events if isinstance(e, EpochEnded)}
    sign = -1 if "accuracy" in metric else 1
    best = min(by_epoch, key=lambda epoch: sign * (by_epoch[epoch][metric] or 0.0))
    checkpoint = ended(events).checkpoint
    assert checkpoint is not None
    assert (checkpoint.epoch, checkpoint.metrics) == (best, by_epoch[best])


def test_what_only_shows_with_the_data_names_field_and_value() -> None:
    with pytest.raises(BadRecipe, match="10 classes") as raised:
        next(run(recipe(split={"validation": 0.001})))
    assert (raised.value.field, raised.value.value) == ("split.validation", 0.001)


def test_unknown_device() -> None:
    with pytest.raises(NoSuchDevice, match="cuda:77"):
        next(run(recipe(), device="cuda:77"))


def test_evaluation_is_the_mean_over_all_samples_whatever_the_batches() -> None:
    data = part("data", Recipe().data).load(Path())
    torch.manual_seed(0)
    model = part("model", Recipe().model).build(data.form)
    loss_fn = part("loss", Recipe().loss).build(data.form)
    loss, accuracy = evaluate(model, loss_fn, data)  # 1,797 samples: two batches
    outputs = model(data.inputs)
    assert loss == pytest.approx(loss_fn(outputs, data.targets).item(), rel=1e-6)
    assert accuracy == pytest.approx((outputs.argmax(1) == data.targets).double().mean().item())
    assert not model.training
