"""What is kept between two judgements changes none of them."""

import copy
import pickle
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diagnostics import Facts, History, judge, load_checks
from diagnostics.check import finder
from diagnostics.history import SignalValue
from diagnostics.reading import Reader, derived
from tests.diagnostics.courses import Row, facts, recorded
from tests.diagnostics.histories import SICK, healthy

CHECKS = load_checks()


def assert_as_if_read_anew(history: History) -> None:
    fresh = judge(History.from_dict(history.to_dict()), CHECKS)
    assert [repr(v) for v in judge(history, CHECKS)] == [repr(v) for v in fresh]
    findings = [finder(check)(history) for check in CHECKS]
    assert [f[:2] for f in findings] == [(v.severity, v.summary) for v in fresh]


@given(facts, recorded())
@settings(max_examples=100, deadline=None)
def test_every_epoch_is_judged_as_if_all_were_read_anew(
    known: Facts, rows: list[tuple[int, Row]]
) -> None:
    history = History(known)
    for epoch, row in rows:
        history.record(epoch, row)
        assert_as_if_read_anew(history)


@given(facts, recorded(), st.randoms(use_true_random=False))
@settings(max_examples=50, deadline=None)
def test_so_is_what_comes_late_twice_or_out_of_order(
    known: Facts, rows: list[tuple[int, Row]], random: Any
) -> None:
    history = History(known)
    halves = [(e, part) for e, row in rows for part in _halves(row)]
    random.shuffle(halves)
    for epoch, row in [*halves, *halves[:2]]:
        history.record(epoch, row)
        assert_as_if_read_anew(history)


def _halves(row: Row) -> list[Row]:
    names = list(row)
    return [{n: row[n] for n in names[::2]}, {n: row[n] for n in names[1::2]}]


@pytest.mark.parametrize("name", SICK)
def test_facts_that_change_are_judged_anew(name: str) -> None:
    history = SICK[name]()
    judge(history, CHECKS)
    history.facts = replace(history.facts, classes=1000, lr=3.0, label_smoothing=0.5)
    assert_as_if_read_anew(history)


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda h: pickle.loads(pickle.dumps(h))])
def test_a_copy_goes_its_own_way(copied: Any) -> None:
    history = healthy(6)
    judge(history, CHECKS)
    other = copied(history)
    assert other == history
    other.record(7, {"train_loss": None})
    assert judge(other, CHECKS) != judge(history, CHECKS)
    assert_as_if_read_anew(other)


class Seen(Reader):
    """The epochs, in the order in which they were seen."""

    def __init__(self, name: str) -> None:
        self.epochs: list[int] = []
        self._name = name

    def see(self, epoch: int, row: Mapping[str, Any]) -> None:
        if self._name in row:
            self.epochs.append(epoch)


def test_a_reader_sees_each_epoch_once_in_order() -> None:
    history = History()
    for epoch in (3, 0, 1):
        history.record(epoch, {"x": 1.0})
    reader = history.reader(Seen, "x")
    assert reader.epochs == [0, 1, 3]
    history.record(4, {"y": 1.0})
    history.record(5, {"x": 1.0})
    assert history.reader(Seen, "x") is reader
    assert reader.epochs == [0, 1, 3, 5]
    assert history.reader(Seen, "y").epochs == [4]
    history.record(4, {"x": 1.0})
    assert history.reader(Seen, "x").epochs == [0, 1, 3, 4, 5]


def test_what_is_derived_is_computed_once_for_all_epochs_so_far() -> None:
    asked: list[int] = []

    @derived
    def length(history: History) -> int:
        asked.append(len(history.rows))
        return len(history.rows)

    history = History()
    for epoch in (1, 2):
        history.record(epoch, {})
        assert (length(history), length(history)) == (epoch, epoch)
    assert asked == [1, 2]


def test_what_holds_from_the_start_is_computed_once_for_a_run() -> None:
    asked: list[int] = []

    def first(history: History, name: str) -> SignalValue:
        asked.append(len(history.rows))
        return history.rows.get(0, {}).get(name)

    history = History()
    assert history.once(first, "x") is None
    for epoch in range(5):
        history.record(epoch, {"x": float(epoch)})
        assert (history.once(first, "x"), history.once(first, "x")) == (0.0, 0.0)
    assert asked == [0, 1, 2]  # epochs 0 and 1 are the start
