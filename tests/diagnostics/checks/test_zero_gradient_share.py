import pytest
import torch
from torch import Tensor, nn

from diagnostics import Monitor, Severity, Verdict, preflight
from diagnostics.checks.zero_gradient_share import ZeroGradientShare
from tests.diagnostics.digits import digits
from tests.diagnostics.histories import LEARNS, STANDS, watched

MANY = ZeroGradientShare().many
EXPLAINED = ZeroGradientShare().explained


def judged(losses: list[float], share: float, **during: object) -> Verdict:
    shares = {"zero_gradient_share": {"fc1": share, "fc2": 0.0}}
    return ZeroGradientShare().judge(watched(losses, during=shares | during))


@pytest.mark.parametrize(
    ("losses", "share", "severity"),
    [
        (STANDS, MANY * 0.99, Severity.PASS),
        (STANDS, MANY, Severity.WARNING),
        (STANDS, 1.0, Severity.PASS),  # it moves all the same: the loop clears its gradients
        (LEARNS, MANY, Severity.PASS),
        (LEARNS, 0.99, Severity.PASS),
    ],
)
def test_severity_is_the_harm(losses: list[float], share: float, severity: Severity) -> None:
    assert judged(losses, share).severity is severity


@pytest.mark.parametrize("signal", ["dead_units", "saturated_units"])
def test_what_silent_units_explain_is_a_note_of_no_cause(signal: str) -> None:
    verdict = judged(STANDS, MANY, **{signal: {"relu": EXPLAINED}})
    assert verdict.severity is Severity.NOTE
    assert verdict.causes == {}
    verdict = judged(STANDS, MANY, **{signal: {"relu": EXPLAINED * 0.99}})
    assert verdict.severity is Severity.WARNING


def test_a_layer_that_only_decay_moves_has_no_gradient() -> None:
    shares = {"zero_gradient_share": {"fc1": 1.0, "fc2": 0.0}}
    # Without momentum lr · decay is 1e-5.
    for ratio, severity in ((0.0, "warning"), (1e-5, "warning"), (1e-4, "pass")):
        history = watched(STANDS, during=shares, ratio=[ratio, 1e-3], facts={"momentum": 0.0})
        assert ZeroGradientShare().judge(history).severity == severity


def test_momentum_sums_up_what_decay_moves() -> None:
    shares = {"zero_gradient_share": {"fc1": 1.0, "fc2": 0.0}}
    history = watched(STANDS, during=shares, ratio=[1e-4, 1e-3], facts={"momentum": 0.9})
    assert ZeroGradientShare().judge(history).severity is Severity.WARNING


def test_what_was_not_measured_is_not_judged() -> None:
    verdict = judged(STANDS, 0.0, zero_gradient_share={})
    assert verdict.severity is Severity.SKIPPED


class Clamped(nn.Module):
    """Its middle layer's outputs are cut where they have no slope."""

    def __init__(self, cut: float) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.fc1, self.fc2, self.fc3 = nn.Linear(64, 32), nn.Linear(32, 32), nn.Linear(32, 10)
        self.cut = cut

    def forward(self, inputs: Tensor) -> Tensor:
        middle = self.fc2(torch.tanh(self.fc1(inputs)))
        out: Tensor = self.fc3(middle.clamp(self.cut, self.cut + 1.0))
        return out


@pytest.mark.parametrize(
    ("cut", "severity"), [(-0.5, Severity.PASS), (5.0, Severity.WARNING)], ids=["sound", "sick"]
)
def test_a_clamp_beyond_all_outputs(cut: float, severity: Severity) -> None:
    """All before it is without gradient: only the last layer learns, of a constant."""
    inputs, labels = digits()
    model, loss_fn = Clamped(cut), nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    before = preflight(model, loss_fn, inputs[:256], labels[:256], optimizer=optimizer, seconds=0)
    monitor = Monitor(model, optimizer, loss_fn=loss_fn, total_steps=176, preflight=before)
    for _ in range(8):
        for rows in torch.split(torch.randperm(1408), 64):
            optimizer.zero_grad()
            loss = loss_fn(model(inputs[rows]), labels[rows])
            loss.backward()
            optimizer.step()
            monitor.step(loss)
        monitor.epoch()
    said = {verdict.check: verdict for verdict in monitor.verdicts}["zero_gradient_share"]
    assert said.severity is severity, said
    if severity is Severity.WARNING:
        assert "`fc1`" in said.summary or "`fc2`" in said.summary
