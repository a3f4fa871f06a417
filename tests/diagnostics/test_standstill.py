"""When a run's lr is tried: in real loops, on real data, and in histories."""

from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from diagnostics import History, Monitor, Severity, standstill
from diagnostics.checks.plateau import Plateau
from diagnostics.probes import lr_test
from diagnostics.probes.lr_test import LrTest
from diagnostics.standstill import MOST, Standstill
from tests.diagnostics.digits import digits, mlp
from tests.diagnostics.histories import STANDS, healthy, watched


@pytest.fixture
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests in the midst of training as soon as a run is as long as one."""
    monkeypatch.setattr(standstill, "SHARE", standstill.COSTS / standstill.FEWEST_STEPS)


def trained(
    monitored: bool = True,
    *,
    lr: float = 1e-5,
    epochs: int = 20,
    labels: Tensor | None = None,
    misaligned: bool = False,
    model: nn.Module | None = None,
    **settings: Any,
) -> tuple[list[float], Monitor | None]:
    """Losses of all steps on digits, with SGD; dropout draws from the global generator."""
    inputs, right = digits()
    targets = right if labels is None else labels
    model = model or nn.Sequential(mlp(), nn.Dropout(0.0))
    torch.manual_seed(0)
    optimizer = torch.optim.SGD(model.parameters(), lr=lr, momentum=0.9)
    sample = inputs[:512], targets[:512]
    monitor = None
    if monitored:
        monitor = Monitor(model, optimizer, loss_fn=F.cross_entropy, sample=sample, **settings)
    losses = []
    for _ in range(epochs):
        model.train()
        for rows in torch.split(torch.randperm(1024), 64):
            optimizer.zero_grad()
            shown = rows.roll(1) if misaligned else rows
            loss = F.cross_entropy(model(inputs[shown]), targets[rows])
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            if monitor is not None:
                monitor.step(loss)
            losses.append(loss.item())
        model.eval()
        if monitor is not None:
            monitor.epoch()
    return losses, monitor


def epochs_tested(monitor: Monitor | None) -> list[int]:
    assert monitor is not None
    rows = monitor.history.rows
    return [epoch for epoch in sorted(rows) if "lr_test_before" in rows[epoch]]


def plateau(monitor: Monitor | None) -> Any:
    assert monitor is not None
    return next(v for v in monitor.verdicts if v.check == "plateau")


def test_a_short_run_is_tested_where_its_report_is_asked_for_and_once() -> None:
    _, monitor = trained(epochs=20)
    assert monitor is not None
    assert epochs_tested(monitor) == []
    report = monitor.report()
    assert epochs_tested(monitor) == [20]
    assert "too low, as × 3 falls clearly faster" in plateau(monitor).summary
    assert str(monitor.report()) == str(report)
    assert epochs_tested(monitor) == [20]


def test_in_the_midst_a_test_costs_at_most_two_percent_of_the_steps_so_far() -> None:
    stands = watched(STANDS * 4, during={"steps": 700.0})
    first = followed(stands).at[0]
    assert 700 * (first - 1) < standstill.COSTS / 0.02 <= 700 * first


@pytest.mark.usefixtures("often")
def test_too_low_an_lr_is_tried_ever_more_seldom_and_found() -> None:
    _, monitor = trained(epochs=30)
    assert epochs_tested(monitor) == [7, 14, 28]  # 16 steps an epoch; the first from 100 steps on
    verdict = plateau(monitor)
    assert verdict.severity is Severity.WARNING
    assert "too low, as × 3 falls clearly faster" in verdict.summary
    assert verdict.causes == {"lr_too_low": 0.5}


@pytest.mark.usefixtures("often")
def test_the_run_does_not_notice() -> None:
    def dropping() -> nn.Module:
        torch.manual_seed(1)
        return nn.Sequential(
            nn.Linear(64, 32), nn.BatchNorm1d(32), nn.Dropout(0.5), nn.ReLU(), nn.Linear(32, 10)
        )

    one, other = dropping(), dropping()
    losses, monitor = trained(model=one, lr=1e-6)
    assert epochs_tested(monitor)
    assert losses == trained(False, model=other, lr=1e-6)[0]
    pairs = zip(one.state_dict().values(), other.state_dict().values(), strict=True)
    assert all(torch.equal(*pair) for pair in pairs)


@pytest.mark.usefixtures("often")
def test_a_run_that_learns_is_never_tested(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lr_test.LrTest, "run", lambda *_, **__: pytest.fail("it was tested"))
    for lr in (0.003, 0.1):
        trained(lr=lr, epochs=12)


@pytest.mark.usefixtures("often")
def test_the_cheap_profile_and_a_run_without_a_plateau_check_never_test() -> None:
    assert epochs_tested(trained(profile="cheap")[1]) == []
    assert epochs_tested(trained(checks=[])[1]) == []


@pytest.mark.usefixtures("often")
def test_labels_that_are_noise_are_not_blamed_on_lr() -> None:
    torch.manual_seed(2)
    labels = torch.randint(10, (len(digits()[1]),))
    model = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Dropout(0.8), nn.Linear(32, 10))
    _, monitor = trained(lr=0.003, labels=labels, model=model)
    assert epochs_tested(monitor)
    assert "lr_too_low" not in plateau(monitor).causes
    assert "lr_too_high" not in plateau(monitor).causes


@pytest.mark.usefixtures("often")
def test_a_loop_that_loses_which_label_belongs_to_what_is_not_blamed_on_lr() -> None:
    _, monitor = trained(lr=0.01, misaligned=True)
    assert epochs_tested(monitor)
    assert "lr 0.01 is not the reason" in plateau(monitor).summary
    assert plateau(monitor).causes == {}


class Asked(LrTest):
    """Notes how it was asked, and gives no signal."""

    def __init__(self) -> None:
        model = mlp()
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        super().__init__(model, optimizer, F.cross_entropy, digits())
        self.asked: list[dict[str, Any]] = []
        self.at: list[int] = []  # the epochs

    def run(self, **settings: Any) -> dict[str, Any]:
        self.asked.append(settings)
        return {}


def followed(history: History) -> Asked:
    """Asked after each epoch of a run that is already known."""
    asked, shown = Asked(), History(history.facts)
    watching = Standstill(Plateau(), asked, shown)
    for epoch, row in sorted(history.rows.items()):
        shown.record(epoch, row)
        if epoch:
            before = len(asked.asked)
            watching.after(shown)
            asked.at += [epoch] * (len(asked.asked) - before)
    return asked


@pytest.mark.usefixtures("often")
def test_a_test_that_could_not_be_made_counts_as_one() -> None:
    stands = watched(STANDS * 4)
    assert len(followed(stands).asked) == MOST
    assert followed(healthy()).asked == []


@pytest.mark.usefixtures("often")
def test_it_is_told_the_runs_batch_and_clipping() -> None:
    stands = watched(STANDS, facts={"clip_norm": 0.5})
    assert followed(stands).asked[0] == {"batch": 64, "clip_norm": 0.5}


@pytest.mark.usefixtures("often")
def test_clipping_by_an_unknown_norm_cannot_be_repeated() -> None:
    assert followed(watched(STANDS, during={"clipped_steps": 0.5})).asked == []


@pytest.mark.usefixtures("often")
def test_a_run_of_a_few_steps_is_not_worth_it() -> None:
    assert followed(watched(STANDS, during={"steps": 2.0})).asked == []


@pytest.mark.usefixtures("often")
@pytest.mark.parametrize(("made", "more"), [((2, 4), 1), ((1, 2, 4), 0), ((2, 12), 0)])
def test_a_run_that_goes_on_counts_the_tests_that_were_made(
    made: tuple[int, ...], more: int
) -> None:
    history = watched(STANDS)
    for epoch in made:
        history.record(epoch, {"lr_test_same": [2.3]})
    asked = Asked()
    Standstill(Plateau(), asked, history).after(history)
    assert len(asked.asked) == more


@pytest.mark.parametrize("lr", [0.0, 1e-4, 0.03])
def test_nothing_is_said_of_an_lr_that_is_gone(lr: float) -> None:
    """`watched` runs at 0.1; at its end a schedule has lowered it."""
    asked = Asked()
    asked._optimizer.param_groups[0]["lr"] = lr
    Standstill(Plateau(), asked, watched(STANDS)).at_end(watched(STANDS))
    assert asked.asked == []


@pytest.mark.parametrize("loss", ["info_nce_loss", "triplet_margin_loss"])
def test_rows_that_belong_together_are_not_torn_apart(loss: str) -> None:
    asked, history = Asked(), watched(STANDS, facts={"loss": loss})
    Standstill(Plateau(), asked, history).at_end(history)
    assert asked.asked == []


def test_it_is_made_where_gradients_are_off() -> None:
    _, monitor = trained(epochs=20)
    assert monitor is not None
    with torch.no_grad():
        monitor.report()
    assert epochs_tested(monitor) == [20]
