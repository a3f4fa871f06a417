import pytest

from diagnostics import History, Severity, Verdict
from diagnostics.checks.gradient_sign import GradientSign
from tests.diagnostics.histories import EPOCHS, KNOWN, LEARNS, STANDS, watched

AGAINST = GradientSign().against


def judged(losses: list[float], cosine: float | list[float]) -> Verdict:
    return GradientSign().judge(watched(losses, during={"downhill": cosine}))


@pytest.mark.parametrize(
    ("losses", "cosine", "severity"),
    [
        (STANDS, -AGAINST * 0.99, Severity.PASS),  # momentum leans away
        (STANDS, 0.02, Severity.PASS),
        (STANDS, -AGAINST, Severity.WARNING),
        (LEARNS, -0.9, Severity.NOTE),  # whoever climbs on purpose
    ],
)
def test_a_step_against_the_gradient(
    losses: list[float], cosine: float, severity: Severity
) -> None:
    assert judged(losses, cosine).severity is severity


def test_the_middle_of_the_epochs_counts() -> None:
    few = [-0.9] * (EPOCHS // 2 - 1)
    assert judged(STANDS, [*few, *[0.5] * (EPOCHS - len(few))]).severity is Severity.PASS
    assert judged(STANDS, [0.5, *[-0.9] * (EPOCHS - 1)]).severity is Severity.WARNING


@pytest.mark.parametrize("losses", [[], LEARNS])
def test_a_negative_loss_is_named_before_the_first_step(losses: list[float]) -> None:
    verdict = GradientSign().judge(watched(losses, facts={"loss_scale": -1.0}))
    assert verdict.severity is Severity.WARNING
    assert verdict.summary == "The loss is the negative of cross_entropy: it is driven up."


def test_skips_what_was_not_measured() -> None:
    assert GradientSign().judge(History(KNOWN)).severity is Severity.SKIPPED
