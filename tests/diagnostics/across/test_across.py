"""What is said of whole studies whose truth is known."""

import json
import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diagnostics import Severity
from diagnostics.across import Kind, Ran, across
from tests.diagnostics.across.studies import ACTIVATION, DECAY, LR, METRIC, drawn, study

STATES = ("waiting", "running", "complete", "pruned", "infeasible", "failed", "cancelled")
values = st.one_of(st.none(), st.floats(), st.integers(), st.booleans(), st.text(max_size=3))
anything = st.builds(
    Ran,
    number=st.integers(0, 99),
    state=st.sampled_from(STATES),
    params=st.dictionaries(st.sampled_from([LR, DECAY, "lr"]), values, max_size=3),
    value=st.none() | st.floats(),
    causes=st.lists(st.sampled_from(["lr_too_high", "my_cause"]), max_size=2).map(tuple),
)


@pytest.mark.parametrize("seed", range(5))
def test_a_sound_study_has_no_pattern(seed: int) -> None:
    assert across(study(drawn(40, seed)), **METRIC) == ()


@pytest.mark.parametrize("number", [0, 1, 2, 3])
def test_a_few_trials_have_none_either(number: int) -> None:
    assert across(study(drawn(number), dies=lambda p: p[LR] > 0.01), **METRIC) == ()


def test_trials_that_have_not_ended_by_themselves_tell_nothing() -> None:
    ran = study(drawn(40), dies=lambda p: p[LR] > 0.1)
    for state in ("waiting", "running", "failed", "cancelled"):
        assert across([replace(trial, state=state) for trial in ran], **METRIC) == ()


def test_a_warning_comes_before_the_notes() -> None:
    points = drawn(30)
    edge = {LR: 0.05, DECAY: 1e-3, ACTIVATION: "relu"}
    ran = study(points, dies=lambda p: p[LR] > 0.1)
    torn = [Ran(91, "complete", edge, 0.99), Ran(92, "infeasible", edge)]
    found = across([*ran, *torn], **METRIC)
    assert [pattern.kind for pattern in found] == [Kind.SEEDS, Kind.SETTING]
    assert [pattern.severity for pattern in found] == [Severity.WARNING, Severity.NOTE]


def test_the_order_of_the_trials_changes_nothing() -> None:
    ran = study(drawn(40), dies=lambda p: p[LR] > 0.1)
    shuffled = random.Random(1).sample(ran, len(ran))
    (one,), (other,) = across(ran, **METRIC), across(shuffled, **METRIC)
    assert one.summary == other.summary
    assert set(one.trials) == set(other.trials)


@given(st.lists(anything, max_size=30))
def test_no_study_is_too_odd(ran: list[Ran]) -> None:
    for pattern in across(ran, **METRIC):
        assert pattern.summary.endswith(".")
        assert set(pattern.trials) <= {trial.number for trial in ran}
        assert pattern.severity in (Severity.NOTE, Severity.WARNING)


def test_a_pattern_survives_json() -> None:
    (pattern,) = across(study(drawn(40), dies=lambda p: p[LR] > 0.1), **METRIC)
    told = json.loads(json.dumps(pattern.to_dict(), allow_nan=False))
    assert told["kind"] == "setting"
    assert told["severity"] == "note"
    assert told["remedy"]["text"].startswith("Narrow the space: search lr below 0.1")
    assert told["trials"] == list(pattern.trials)
