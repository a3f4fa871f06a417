"""What is kept between requests is old for no longer than it cost to make, and never another's."""

import threading
import time

import pytest

from service.dashboard import kept
from service.dashboard.kept import Grown, Kept, Seldom


def test_what_is_quick_is_made_each_time() -> None:
    made: list[int] = []
    value: Seldom[int] = Seldom()
    for _ in range(3):
        value.of(lambda: made.append(1) or len(made))
    assert len(made) == 3


def test_what_is_slow_is_made_seldom(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "QUICK", 0.01)
    value: Seldom[int] = Seldom()
    made: list[int] = []

    def slow() -> int:
        time.sleep(0.02)
        made.append(1)
        return len(made)

    assert [value.of(slow) for _ in range(5)] == [1] * 5
    value.until = 0.0
    assert value.of(slow) == 2


@pytest.mark.parametrize(("before", "after", "again"), [(58, 59, True), (640, 645, False)])
def test_more_trials_count_by_their_first_two_digits(before: int, after: int, again: bool) -> None:
    value: Grown[int] = Grown()
    assert value.of(before, lambda: 1) == 1
    assert value.of(after, lambda: 2) == (2 if again else 1)


def test_the_entries_asked_for_last_are_kept() -> None:
    entries: Kept[Grown[str]] = Kept(Grown, 2)
    first = entries.of("a")
    entries.of("b")
    assert entries.of("a") is first
    entries.of("c")
    assert entries.of("a") is first
    assert entries.of("b").value is None


def test_a_slow_entry_holds_up_no_other() -> None:
    entries: Kept[Seldom[int]] = Kept(Seldom, 4)
    begun, go_on = threading.Event(), threading.Event()

    def slow() -> int:
        begun.set()
        assert go_on.wait(10)
        return 1

    other = threading.Thread(target=lambda: entries.of("slow").of(slow))
    other.start()
    assert begun.wait(10)
    assert entries.of("quick").of(lambda: 2) == 2
    go_on.set()
    other.join()
