from dataclasses import replace

import pytest

from diagnostics import Severity
from diagnostics.across import Kind, Pattern, Ran, across
from tests.diagnostics.across.studies import LR, METRIC, drawn, study

POINTS = [{key: p[key] for key in list(p)[:2]} for p in drawn(60)]


def judged(ran: list[Ran]) -> list[Pattern]:
    return [pattern for pattern in across(ran, **METRIC) if pattern.kind is Kind.OUTLIER]


def amid(ran: list[Ran]) -> int:
    """The trial nearest to the middle of the space."""
    lrs, decays = (sorted(t.params[path] for t in ran) for path in ran[0].params)
    return min(
        range(len(ran)),
        key=lambda i: sum(
            (column.index(ran[i].params[path]) / len(ran) - 0.5) ** 2
            for column, path in zip((lrs, decays), ran[0].params, strict=True)
        ),
    )


@pytest.mark.parametrize(("value", "apart"), [(0.3, "below"), (0.999, "above")])
def test_a_trial_that_its_neighbours_do_not_explain(value: float, apart: str) -> None:
    ran = study(POINTS)
    odd = amid(ran)
    ran[odd] = replace(ran[odd], value=value)
    (found,) = judged(ran)
    assert found.trials == (odd,)
    assert found.severity is Severity.NOTE
    assert f"far {apart} the 5 points nearest to it (90" in found.summary
    assert found.evidence["value"] == value
    assert len(found.evidence["beside"]) == 5
    assert found.remedy is not None
    assert ("other seeds" in found.remedy.text) == (apart == "above")


def test_a_cliff_is_no_outlier() -> None:
    for edge in (0.03, 0.1, 0.3):
        ran = [replace(t, value=0.1 if t.params[LR] > edge else t.value) for t in study(POINTS)]
        assert judged(ran) == []


def test_the_edge_of_the_space_is_none() -> None:
    ran = study(POINTS)
    last = max(range(60), key=lambda i: ran[i].params[LR])
    ran[last] = replace(ran[last], value=0.1)
    assert judged(ran) == []


def test_few_points_and_pruned_ones_tell_nothing() -> None:
    assert judged([Ran(i, "complete", {LR: i + 1.0}, float(i == 5)) for i in range(11)]) == []
    ran = study(POINTS)
    odd = amid(ran)
    ran[odd] = replace(ran[odd], value=0.3, state="pruned")
    assert judged(ran) == []


def test_a_seed_that_differs_from_its_siblings() -> None:
    def point(first: int, values: list[float]) -> list[Ran]:
        return [Ran(first + i, "complete", {LR: first / 10}, v) for i, v in enumerate(values)]

    steady = point(0, [0.9, 0.91, 0.905, 0.9]) + point(10, [0.8, 0.81, 0.8, 0.802])
    assert judged([*steady, *point(20, [0.92, 0.93, 0.925, 0.92])]) == []
    (found,) = judged([*steady, *point(20, [0.92, 0.93, 0.4, 0.92])])
    assert found.summary == (
        "Trial 22 stands apart: 40.0 %, far below the other seeds of its point (92.0 % to 93.0 %)."
    )
    assert judged([*steady, *point(20, [0.92, 0.4, 0.925])]) == []  # three seeds say too little


def test_where_many_stand_out_none_does() -> None:
    ran = study(POINTS)
    noisy = [replace(t, value=0.1 if i % 3 == 0 else t.value) for i, t in enumerate(ran)]
    assert judged(noisy) == []
