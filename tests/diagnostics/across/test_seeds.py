from diagnostics import Severity
from diagnostics.across import Kind, Pattern, Ran, across
from tests.diagnostics.across.studies import LR, METRIC


def point(first: int, states: str, lr: float, value: float = 0.9) -> list[Ran]:
    """A trial for each letter: c(omplete) or i(nfeasible)."""
    return [
        Ran(first + i, "complete", {LR: lr}, value)
        if state == "c"
        else Ran(first + i, "infeasible", {LR: lr})
        for i, state in enumerate(states)
    ]


def judged(*points: list[Ran]) -> Pattern | None:
    found = across([trial for trials in points for trial in trials], **METRIC)
    kinds = [pattern for pattern in found if pattern.kind is Kind.SEEDS]
    return kinds[0] if kinds else None


def test_the_best_point_at_the_edge_is_a_warning() -> None:
    found = judged(point(0, "cic", 0.3, 0.95), point(3, "ccc", 0.1, 0.94))
    assert found is not None
    assert found.severity is Severity.WARNING
    assert found.summary == "The best point (lr 0.3) was infeasible with 1 of 3 seeds."
    assert found.trials == (1,)
    assert found.evidence["params"] == {LR: 0.3}


def test_another_point_is_a_note_and_the_worst_of_several_is_named() -> None:
    better, worse = point(3, "cci", 0.2), point(6, "iic", 0.3)
    found = judged(point(0, "ccc", 0.1, 0.95), better, worse)
    assert found is not None
    assert found.severity is Severity.NOTE
    assert found.summary == (
        "A point (lr 0.3) was infeasible with 2 of 3 seeds; 1 more point is torn like it."
    )
    assert found.trials == (5, 6, 7)


def test_lower_is_better_where_the_study_minimises() -> None:
    ran = [*point(0, "cic", 0.3, 0.1), *point(3, "ccc", 0.1, 0.2)]
    (found,) = across(ran, metric="val_loss", direction="minimize")
    assert found.severity is Severity.WARNING


def test_points_of_one_fate_are_not_torn() -> None:
    assert judged(point(0, "ccc", 0.1), point(3, "iii", 0.3)) is None
    assert judged(point(0, "c", 0.1), point(1, "i", 0.3)) is None
