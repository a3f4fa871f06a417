import pytest

from diagnostics import Severity, Verdict
from diagnostics.checks.confused_classes import ConfusedClasses
from tests.diagnostics.histories import LEARNS, STANDS, watched


def judged(losses: list[float] = LEARNS, **pairs: float) -> Verdict:
    """`a_b`: the share of a that is taken for b."""
    named = {pair.replace("_", " as "): share for pair, share in pairs.items()}
    return ConfusedClasses().judge(watched(losses, during={"confused_classes": named}))


@pytest.mark.parametrize(("share", "severity"), [(0.25, Severity.NOTE), (0.24, Severity.PASS)])
def test_a_quarter_of_a_class_is_often(share: float, severity: Severity) -> None:
    assert judged(cat_dog=share).severity is severity


def test_the_worst_pair_is_named_and_the_others_counted() -> None:
    found = judged(cat_dog=0.3, dog_cat=0.5, cow_cat=0.1)
    assert found.summary == "50.0 % of class dog are taken for class cat, and 1 pair more."
    assert found.evidence["pairs"] == {"cat as dog": 0.3, "dog as cat": 0.5, "cow as cat": 0.1}


def test_a_run_that_learns_nothing_confuses_all() -> None:
    assert judged(STANDS, cat_dog=0.9).severity is Severity.PASS
