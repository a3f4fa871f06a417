"""The names on a learning curve are those of its verdicts and its diagnosis."""

from typing import Any

import pytest

from diagnostics import History, Remedy, Severity, Verdict
from diagnostics.checks.lr_decay_too_early import LATER
from service.dashboard.figures.scene import Shape
from service.dashboard.shapes import Read, marks, overfits_since, shapes

PASS = Verdict("no_learning", Severity.PASS, "The run learns.")


def said(check: str, severity: Severity = Severity.WARNING, **given: Any) -> Verdict:
    return Verdict(check, severity, f"{check} says so.", **given)


def read(*verdicts: Verdict, causes: tuple[str, ...] = ()) -> Read:
    history = History()
    for e in range(1, 9):
        history.record(e, {"lr": 0.1 if e < 4 else 0.001, "train_loss": 1.0 / e})
    return Read(history, verdicts, causes)


@pytest.mark.parametrize(
    ("causes", "name"),
    [
        (("lr_too_high", "loss_diverging"), "lr too high"),
        (("vanishing_gradient", "lr_too_low"), "lr too low"),
        (("oscillating_loss",), "lr high: the loss jumps about"),
        (("undertrained",), "still improving"),
    ],
)
def test_the_likeliest_cause_that_has_a_name(causes: tuple[str, ...], name: str) -> None:
    assert [s.name for s in shapes(read(said("diverging"), causes=causes))] == [name]


def test_an_lr_that_only_holds_back_is_high() -> None:
    verdict = said("lr_too_high", evidence={"worst": "behind"})
    assert shapes(read(verdict, causes=("lr_too_high",))) == (Shape("lr high"),)


def test_a_step_too_early_shows_where_lr_fell() -> None:
    assert shapes(read(causes=("lr_decay_too_early",))) == (Shape("step down too early", 4),)
    told = said("lr_decay_too_early", evidence={"since": 5}, causes={"lr_decay_too_early": 0.9})
    assert shapes(read(told, causes=("lr_decay_too_early",)))[0].epoch == 5


def test_a_note_on_an_early_step_is_no_good_curve() -> None:
    note = said("plateau", Severity.NOTE, remedy=Remedy(LATER.text))
    assert shapes(read(PASS, note)) == (Shape("step down too early", 4),)
    other = said("plateau", Severity.NOTE, remedy=Remedy("Decay lr now."))
    assert shapes(read(PASS, other)) == (Shape("plateau"),)


def test_a_flat_start_without_a_named_cause() -> None:
    found = shapes(read(said("plateau"), causes=("vanishing_gradient",)))
    assert found == (Shape("plateau from a bad start"),)


def test_overfitting_is_named_beside_the_cause_and_where_it_begins() -> None:
    note = said(
        "overfitting", Severity.NOTE, evidence={"best_epoch": 3}, causes={"overfitting": 0.4}
    )
    gap = Shape("overfitting gap", 3)
    assert shapes(read(PASS, note)) == (gap,)
    assert overfits_since(read(note)) == 3
    assert shapes(read(note, said("lr_too_high"), causes=("lr_too_high",)))[1] == gap
    assert overfits_since(read(said("overfitting", Severity.PASS))) is None


def test_good_is_what_nothing_speaks_against() -> None:
    assert shapes(read(PASS)) == (Shape("good lr"),)
    assert shapes(read(PASS, said("inputs", Severity.NOTE))) == (Shape("good lr"),)
    assert shapes(read(PASS, said("inputs"))) == ()
    assert shapes(read()) == ()


def test_marks_stand_where_it_began() -> None:
    found = marks(
        [
            said("plateau", first_epoch=0),
            said("non_finite", Severity.FATAL, evidence={"epoch": 3}, first_epoch=1),
            said("inputs", Severity.NOTE),
        ]
    )
    assert [(m.check, m.epoch) for m in found] == [("non_finite", 3), ("plateau", 1)]
