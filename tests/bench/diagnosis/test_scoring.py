"""What runs come to, by hand."""

from dataclasses import replace

import pytest

from bench.diagnosis.grammar import Case, case_of
from bench.diagnosis.loop import Outcome
from bench.diagnosis.measure import harms, has_learned, measured, report
from bench.diagnosis.scoring import Judged, Said, label_of, met, totals
from bench.diagnosis.table import line, shown

OUTCOME = Outcome(
    baseline=1.0, init_loss=1.1, train_loss=0.1, train_score=0.95, truth=0.9, told=0.9, chance=0.3,
    val_losses=(0.5, 0.2, 0.21), seconds=1.0, before=0.5,
)  # fmt: skip
WRONG = Said("warning", (("lr_too_high", 0.8), ("dead_relu", 0.4)), ("a",), 20, ("a",))
RIGHT = Said("fatal", (("lr_too_low", 0.9),), ("a",), 0, ("a",))
SECOND = Said("warning", (("undertrained", 0.9), ("overfitting", 0.3)), ("b",), 40, ("b",))
SILENT = Said("note")


def case(name: str, label: str, twin: str | None = None) -> Case:
    return case_of(
        {
            "id": name, "label": label, "twin": twin,
            "config": {
                "data": "digits", "layers": ["10 linear"], "loss": "ce_logits",
                "optimizer": {"name": "sgd", "lr": 0.1}, "epochs": 1,
            },
            "expect": {
                "primary": "lr_too_low", "accept": ["undertrained"], "never": ["overfitting"],
            },
        }
    )  # fmt: skip


def judged(label: str, said: Said, seconds: float = 2.0) -> Judged:
    return Judged(case("one", label), 0, label, replace(OUTCOME, seconds=seconds), said, 1.0, 0.25)


def test_rates_over_runs() -> None:
    runs = [
        judged("faulty", RIGHT), judged("faulty", SECOND), judged("faulty", WRONG),
        judged("faulty", SILENT), judged("healthy", SILENT), judged("healthy", WRONG),
        judged("warn", SECOND), judged("warn", RIGHT),
    ]  # fmt: skip
    found = totals(runs)
    assert found["detection"] == [0.75, 3, 4]
    assert found["cause"] == [0.5, 2, 4]
    assert found["primary"] == [0.25, 1, 4]
    assert found["cause_anywhere"] == [0.5, 2, 4]
    assert found["never"] == [0.0, 0, 4]
    assert found["never_anywhere"] == [0.25, 1, 4]
    assert found["false_alarms"] == [0.5, 1, 2]
    assert found["warned"] == [0.5, 1, 2]
    assert found["delay"] == 20
    assert found["before_training"] == [0.25, 1, 4]
    assert found["monitor_share"] == pytest.approx(1.0)
    assert [run.right for run in runs] == [
        True, False, False, False, True, False, True, False,
    ]  # fmt: skip


def test_a_diagnosis_without_a_warning_is_a_false_alarm_too() -> None:
    quiet = Said("note", (("overfitting", 0.3),))
    assert totals([judged("healthy", quiet)])["false_alarms"] == [1.0, 1, 1]


def test_labels_that_depend_on_the_run() -> None:
    either = case("one", "per_seed")
    assert label_of(either, OUTCOME) == "healthy"
    assert label_of(either, replace(OUTCOME, train_loss=0.97)) == "faulty"
    assert label_of(either, replace(OUTCOME, train_loss=float("nan"))) == "faulty"
    assert label_of(case("one", "healthy"), replace(OUTCOME, train_loss=2.0)) == "healthy"


def test_aims() -> None:
    assert met("detection", [0.97, 97, 100]) is True
    assert met("false_alarms", [0.021, 21, 1000]) is False
    assert met("primary", [0.1, 1, 10]) is None
    assert met("never", None) is None


def test_lines_and_table() -> None:
    assert line(judged("faulty", RIGHT)).startswith("●")
    wrong = line(judged("faulty", SECOND))
    assert wrong.startswith("■")
    assert wrong.endswith("expected lr_too_low or undertrained; never overfitting")
    words = shown({"sitter": [judged("faulty", RIGHT)], "umlaut": [judged("faulty", SILENT)]})
    assert "1 runs: 1 faulty" in words
    assert "100.0% (1/1) ●" in words
    assert "0.0% (0/1) ■" in words


def test_harms_are_by_the_twin() -> None:
    twin = [OUTCOME] * 3
    assert harms(twin, twin) == []
    assert harms([replace(OUTCOME, train_loss=float("nan"))] * 3, twin) == ["not finite"]
    assert harms([replace(OUTCOME, truth=0.84, told=0.84)] * 3, twin) == ["score 0.84, twin 0.90"]
    assert harms([replace(OUTCOME, train_loss=0.21)] * 3, twin) == [
        "loss / baseline 0.21, twin 0.10"
    ]
    assert harms([replace(OUTCOME, told=1.0)] * 3, twin) == ["told 0.10 off the truth"]
    risen = harms([replace(OUTCOME, val_losses=(0.5, 0.2, 0.3))] * 3, twin)
    assert risen == ["validation loss × 1.50 its lowest, twin × 1.05"]


def test_learning_is_by_the_loss_or_by_the_score() -> None:
    assert has_learned([OUTCOME])
    assert has_learned([replace(OUTCOME, train_loss=2.0)])
    assert not has_learned([replace(OUTCOME, train_loss=2.0, truth=0.5)])
    assert not has_learned([replace(OUTCOME, train_loss=float("inf"))])


def test_measurements_as_a_case_file_keeps_them() -> None:
    cases = [case("ok", "healthy"), case("bad", "faulty", "ok")]
    bad = replace(OUTCOME, train_loss=float("nan"))
    lines = report(cases, {"ok": [OUTCOME], "bad": [bad]})
    assert lines[0] == "ok: # healthy, 1.0 s: learned"
    assert lines[2] == "bad: # faulty, 1.0 s: not finite"
    assert "final_loss: [nan]" in lines[3]
    assert measured([OUTCOME])["val_score"] == [0.9]
