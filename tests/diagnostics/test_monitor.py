import json
import math
from typing import Any

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from diagnostics import Facts, History, Monitor, Severity, judge, load_checks
from diagnostics.check import Check
from diagnostics.meter import Meter
from diagnostics.probes.losses import BLOCK
from tests.diagnostics.digits import LOSS, digits, mlp, trained


def watched(**settings: Any) -> tuple[nn.Module, torch.optim.Optimizer, Monitor]:
    model = mlp()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    return model, optimizer, Monitor(model, optimizer, **settings)


def steps(model: nn.Module, optimizer: torch.optim.Optimizer, monitor: Monitor, n: int) -> None:
    inputs, targets = digits()
    for i in range(n):
        rows = slice(8 * i, 8 * i + 8)
        optimizer.zero_grad()
        loss = LOSS(model(inputs[rows]), targets[rows])
        loss.backward()
        optimizer.step()
        monitor.step(loss)


def test_it_changes_nothing_in_the_training() -> None:
    assert trained(0.1, epochs=3)[1] == trained(0.1, epochs=3, watched=False)[1]


def test_a_healthy_run_is_called_healthy() -> None:
    monitor, _ = trained(0.1)
    assert monitor is not None
    assert monitor.report().healthy, str(monitor.report())
    assert {v.severity for v in monitor.verdicts} <= {Severity.PASS, Severity.SKIPPED}


def test_lr_1000_is_fatal_in_the_first_epochs_and_named() -> None:
    monitor, _ = trained(1000.0, epochs=2)
    assert monitor is not None
    fatal = [v for v in monitor.verdicts if v.severity is Severity.FATAL]
    assert fatal
    assert all("lr 1000" in verdict.summary for verdict in fatal)


def test_lr_1e_7_is_told_to_be_too_low() -> None:
    monitor, _ = trained(1e-7, epochs=6)
    assert monitor is not None
    said = {v.check: v for v in monitor.verdicts}
    assert "lr 1e-7 is too low" in said["plateau"].summary
    for check in ("plateau", "update_ratio"):
        assert said[check].severity is Severity.WARNING
        remedy = said[check].remedy
        assert remedy is not None
        assert remedy.patch == {"optimizer.lr": 1e-5}


@pytest.mark.parametrize("weight_decay", [1e-6, 1e-3])
@pytest.mark.parametrize("lr", [0.03, 0.3])
def test_good_points_of_a_study_get_no_warning(lr: float, weight_decay: float) -> None:
    monitor, _ = trained(lr, weight_decay=weight_decay)
    assert monitor is not None
    assert monitor.report().healthy, str(monitor.report())


def test_the_first_step_and_every_nth_are_sampled() -> None:
    model, optimizer, monitor = watched(every=4, checks=[])
    weights = {"0": model.get_parameter("0.weight"), "2": model.get_parameter("2.weight")}
    ratios: dict[str, list[float]] = {"0": [], "2": []}
    gradients: dict[str, list[float]] = {"0": [], "2": []}
    for step in range(10):
        before = {name: weight.detach().clone() for name, weight in weights.items()}
        steps(model, optimizer, monitor, 1)
        for name, weight in weights.items() if step % 4 == 0 else []:
            change = (weight.detach() - before[name]).norm() / before[name].norm()
            ratios[name].append(change.item())
            assert weight.grad is not None
            gradients[name].append(weight.grad.norm().item())
    monitor.epoch()
    assert monitor.signals["update_ratio"] == {
        n: pytest.approx(sorted(r)[1]) for n, r in ratios.items()
    }
    middle = {n: pytest.approx(sorted(g)[1]) for n, g in gradients.items()}
    assert monitor.signals["gradient_norm"] == middle
    ends = {name: pytest.approx(weight.norm().item()) for name, weight in weights.items()}
    assert monitor.signals["weight_norm"] == ends


def test_a_short_run_is_sampled_more_often() -> None:
    model, optimizer, monitor = watched(total_steps=60, every=10, checks=[])
    steps(model, optimizer, monitor, 3)
    assert len(monitor._meter._ratios) == 3


def test_a_step_reads_no_value_of_a_tensor() -> None:
    """On the meta device tensors have no values: whoever reads one gets an error."""
    with torch.device("meta"):
        model = nn.Linear(4, 3)
        model.weight.grad = torch.empty(3, 4)
        meter = Meter(model, every=2)
        for _ in range(BLOCK + 5):
            meter.step(torch.empty(()))
    with pytest.raises(RuntimeError, match="meta"):
        meter.close()


def test_every_loss_counts_in_a_long_epoch() -> None:
    _, _, monitor = watched(checks=[])
    losses = [float(i % 7) for i in range(2 * BLOCK + 3)]
    for loss in losses:
        monitor.step(loss)
    monitor.epoch()
    row = monitor.history.rows[1]
    assert row["train_loss"] == pytest.approx(sum(losses) / len(losses))
    assert (row["loss_first"], row["loss_max"]) == (0.0, 6.0)


def test_a_loss_tensor_may_be_used_again_by_the_caller() -> None:
    _, _, monitor = watched(checks=[])
    static = torch.tensor(1.0)
    monitor.step(static)
    static.fill_(3.0)
    monitor.step(static)
    monitor.epoch()
    assert monitor.history.rows[1]["train_loss"] == 2.0


def test_one_loss_that_is_not_finite_is_found_whatever_comes_after() -> None:
    _, _, monitor = watched()
    for loss in (2.0, math.nan, 2.0):
        monitor.step(loss)
    fatal = [v for v in monitor.epoch() if v.severity is Severity.FATAL]
    assert [v.check for v in fatal] == ["non_finite"]
    assert "step 2 of epoch 1" in fatal[0].summary
    assert monitor.history.rows[1]["train_loss"] is None


def test_weights_that_are_not_finite_are_found_at_the_end_of_the_epoch() -> None:
    model, optimizer, monitor = watched(checks=[])
    steps(model, optimizer, monitor, 3)
    with torch.no_grad():
        model.get_parameter("2.bias")[0] = math.inf
    monitor.epoch()
    assert monitor.signals["non_finite_step"] == 3.0


def test_huge_weights_are_finite_though_their_norm_is_not() -> None:
    model, _, monitor = watched(checks=[])
    with torch.no_grad():
        model.get_parameter("0.weight").fill_(3e38)
    monitor.step(1.0)
    monitor.epoch()
    assert monitor.history.rows[1]["weight_norm"]["0"] is None
    assert "non_finite_step" not in monitor.signals


@pytest.mark.parametrize("losses", [[1.7e308, 1.7e308], [math.inf, -math.inf]])
def test_a_mean_beyond_all_numbers_is_recorded_as_none(losses: list[float]) -> None:
    _, _, monitor = watched(checks=[])
    for loss in losses:
        monitor.step(loss)
    monitor.epoch()
    assert monitor.history.rows[1]["train_loss"] is None


def test_metrics_are_recorded_and_kept_apart_from_signals() -> None:
    _, _, monitor = watched(checks=[])
    monitor.step(2.0)
    monitor.epoch(val_loss=torch.tensor(1.5), train_score=0.5, val_score=0.25, lr=0.07, mine=3.0)
    row = monitor.history.rows[1]
    assert (row["train_loss"], row["val_loss"], row["lr"]) == (2.0, 1.5, 0.07)
    assert (row["train_accuracy"], row["val_accuracy"]) == (0.5, 0.25)
    assert monitor.signals["mine"] == 3.0
    metrics = {"lr", "train_loss", "val_loss", "train_accuracy", "val_accuracy"}
    assert {*row} - {*monitor.signals} == metrics


def test_the_lr_defaults_to_the_optimizers() -> None:
    _, optimizer, monitor = watched(checks=[])
    optimizer.param_groups[0]["lr"] = 0.025
    monitor.epoch(train_loss=1.0)
    assert monitor.history.rows[1]["lr"] == 0.025


def test_epochs_return_only_what_is_new() -> None:
    _, _, monitor = watched()
    seen = [{v.check for v in monitor.epoch(train_loss=loss)} for loss in (2.0, 1.9, math.nan, 1.0)]
    assert "non_finite" in seen[0]
    assert "non_finite" not in seen[1]
    assert "non_finite" in seen[2]
    assert "non_finite" not in seen[3]


def test_the_start_is_measured_from_a_sample() -> None:
    inputs, targets = digits()
    _, _, monitor = watched(
        loss_fn=nn.CrossEntropyLoss(label_smoothing=0.1), sample=(inputs, targets)
    )
    assert monitor.history.facts == Facts(
        classes=10,
        loss="cross_entropy",
        label_smoothing=0.1,
        optimizer="sgd",
        lr=0.1,
        weight_decay=0.0,
        momentum=0.9,
    )
    assert 2.0 < float(monitor.history.series("initial_loss").values[0]) < 3.5
    assert monitor.history.rows[0]["prior_entropy"] == pytest.approx(math.log(10), abs=0.01)
    assert [v.check for v in monitor.verdicts] == ["initial_loss", "overfit_subset"]
    assert {"initial_loss"} < {v.check for v in monitor.epoch(train_loss=2.0)}


def test_given_facts_win() -> None:
    _, _, monitor = watched(facts=Facts(classes=3, lr=0.5, epochs=7), loss_fn=F.mse_loss)
    facts = monitor.history.facts
    assert (facts.classes, facts.lr, facts.epochs, facts.loss) == (3, 0.5, 7, "mse_loss")


def test_a_scheduler_does_not_hide_the_lr_that_was_chosen() -> None:
    model = mlp()
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.01)
    torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: 0.1)
    facts = Monitor(model, optimizer, loss_fn=lambda o, t: o.sum()).history.facts
    assert (facts.lr, facts.optimizer, facts.loss, facts.momentum) == (0.01, "adamw", None, None)


def test_preflight_judges_the_shape_checks() -> None:
    _, _, monitor = watched(facts=Facts(classes=10))
    assert monitor.verdicts == []
    verdicts = monitor.begin(History(rows={0: {"initial_loss": 2.4, "subset_loss": [2.4, 2.4]}}))
    assert [(v.check, v.severity) for v in verdicts] == [
        ("initial_loss", Severity.PASS),
        ("overfit_subset", Severity.WARNING),
    ]
    assert not {v.check for v in monitor.epoch(train_loss=2.0)} & {"initial_loss", "overfit_subset"}


def test_only_the_checks_given_are_made() -> None:
    checks: list[Check] = load_checks(scope="trial")[:1]
    _, _, monitor = watched(checks=checks)
    monitor.epoch(train_loss=1.0)
    assert [v.check for v in monitor.verdicts] == [checks[0].name]


def test_the_profile_none_keeps_what_it_is_given_and_says_nothing() -> None:
    model, optimizer, monitor = watched(loss_fn=LOSS, sample=digits(), profile="none")
    steps(model, optimizer, monitor, 2)
    assert monitor.epoch(train_loss=math.nan, val_score=0.5, mine=3.0) == []
    assert monitor.history.rows == {
        1: {"train_loss": None, "val_accuracy": 0.5, "lr": 0.1, "mine": 3.0}
    }
    assert (monitor.verdicts, monitor.signals) == ([], {"mine": 3.0})


def test_without_a_model_a_step_is_refused() -> None:
    _, optimizer, _ = watched()
    with pytest.raises(ValueError, match="given to epoch"):
        Monitor(None, optimizer).step(1.0)


def test_the_history_can_be_judged_again_elsewhere() -> None:
    monitor, _ = trained(1e-7, epochs=6)
    assert monitor is not None
    stored = json.loads(json.dumps(monitor.history.to_dict()))
    assert judge(History.from_dict(stored), load_checks()) == monitor.verdicts


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"every": 0}, "every must be at least 1"),
        ({"sample": (torch.ones(1), torch.ones(1))}, "sample needs loss_fn"),
    ],
)
def test_bad_settings_are_refused(settings: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        watched(**settings)


def test_a_loss_per_sample_is_refused() -> None:
    _, _, monitor = watched()
    with pytest.raises(ValueError, match=r"shape \[8\]"):
        monitor.step(torch.ones(8))


def test_a_model_without_matrices_is_watched_all_the_same() -> None:
    model = nn.BatchNorm1d(3)
    monitor = Monitor(model, torch.optim.SGD(model.parameters(), lr=0.1), checks=[])
    monitor.step(1.0)
    monitor.epoch()
    assert set(monitor.signals) == {"loss_first", "loss_max", "loss_std", "steps"}


def test_a_misspelt_metric_and_a_score_in_percent_are_refused() -> None:
    model = nn.Linear(2, 2)
    monitor = Monitor(model, torch.optim.SGD(model.parameters(), lr=0.1))
    with pytest.raises(ValueError, match="'val_los'; did you mean 'val_loss'"):
        monitor.epoch(val_los=0.5)
    with pytest.raises(ValueError, match="val_score is an accuracy, 0 to 1; it is 97"):
        monitor.epoch(val_score=97.0)
    assert monitor.history.epochs == 0


def test_a_run_that_goes_on_keeps_what_was_measured_before_it_began() -> None:
    model = nn.Linear(2, 2)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    sample = torch.randn(8, 2), torch.randint(2, (8,))
    first = Monitor(model, optimizer, loss_fn=nn.CrossEntropyLoss(), sample=sample)
    began = first.history.rows[0]["initial_loss"]
    nn.init.constant_(model.weight, 5.0)
    second = Monitor(
        model, optimizer, loss_fn=nn.CrossEntropyLoss(), sample=sample, history=first.history
    )
    assert second.history.rows[0]["initial_loss"] == began
