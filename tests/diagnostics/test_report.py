import json
import math
from pathlib import Path

import numpy
import pytest
import torch

from diagnostics import Cause, History, Remedy, Severity, Verdict, judge, load_checks
from diagnostics.diagnosis import UNKNOWN
from diagnostics.report import SIGNS, Report, meaning
from tests.diagnostics.histories import SICK

FINE = Verdict("plateau", Severity.PASS, "The training loss is not flat.")
REMARK = Verdict("update_ratio", Severity.NOTE, "Somewhat fast.")
LOST = Verdict("diverging", Severity.FATAL, "The loss is 1e6.", remedy=Remedy("Lower lr."))
SILENT = Verdict("initial_loss", Severity.SKIPPED, "Not measured.")


def worry(check: str, **causes: float) -> Verdict:
    """A warning that speaks for these causes."""
    return Verdict(check, Severity.WARNING, f"{check} worries.", causes=causes)


def judged(name: str) -> Report:
    history = SICK[name]()
    return Report.of(judge(history, load_checks(profile="full")), history.epochs, history)


def test_healthy_up_to_a_note() -> None:
    assert Report.of([FINE, REMARK, SILENT], 3).healthy
    assert not Report.of([FINE, LOST], 3).healthy
    assert Report.of([], 0).healthy


def test_the_worst_comes_first_and_equals_keep_their_order() -> None:
    other = Verdict("zeta", Severity.PASS, "Fine.")
    report = Report.of([FINE, SILENT, other, LOST, REMARK], 3)
    assert report.verdicts == (LOST, REMARK, FINE, other, SILENT)


def test_told_first_is_what_the_likeliest_cause_stands_on() -> None:
    weak, strong = worry("alpha", dead_relu=0.3), worry("zeta", lr_too_high=0.9)
    loner = worry("beta")
    report = Report.of([weak, loner, strong, REMARK, FINE, LOST], 3)
    assert report.told == (LOST, strong, weak, loner, REMARK)


def test_the_text_answers_first() -> None:
    lines = str(Report.of([FINE, LOST, SILENT, SILENT], 1)).splitlines()
    assert lines[0] == "Not healthy after 1 epoch. Cause unknown. The loss is 1e6. Lower lr."
    assert "■ fatal    diverging  The loss is 1e6." in lines
    assert lines[-1].startswith("1 check passed, 2 skipped; ")
    assert not any("plateau" in line for line in lines)
    healthy = str(Report.of([FINE, REMARK, SILENT], 20)).splitlines()
    assert healthy[0] == "Healthy after 20 epochs. 2 checks made, none of them worried."
    assert "◆ note     update_ratio  Somewhat fast." in healthy
    assert str(Report.of([FINE], 0)).startswith("Healthy before training. 1 check made")


def test_the_text_of_nothing_is_one_line() -> None:
    said = "Call preflight() before training, and epoch() after each epoch."
    assert str(Report.of([], 0)) == f"Nothing judged before training. {said}"


@pytest.mark.parametrize(("share", "kind"), [(0.86, "Likely"), (0.5, "Likely"), (0.4, "Possible")])
def test_the_first_cause_is_named_with_its_confidence(share: float, kind: str) -> None:
    report = Report.of([worry("lr_too_high", lr_too_high=share)], 10)
    said = f"{kind} cause: the learning rate is too high ({share:.2f}). lr_too_high worries."
    assert report.reason == said
    assert str(report).splitlines()[0] == f"Not healthy after 10 epochs. {said}"


def test_the_advice_is_the_strongest_voice_s_that_has_one() -> None:
    bare = worry("plateau", lr_too_low=0.7)
    advised = Verdict(
        "update_ratio",
        Severity.WARNING,
        "Slow.",
        remedy=Remedy("Try lr 0.1."),
        causes={"lr_too_low": 0.3},
    )
    assert Report.of([advised, bare], 3).reason.endswith("plateau worries. Try lr 0.1.")


def test_causes_stand_between_answer_and_verdicts() -> None:
    found = [worry("tiny_subset", lr_too_high=0.5), worry("lr_too_high", lr_too_high=0.8)]
    text = str(Report.of([*found, worry("dead_units", dead_relu=0.4)], 10))
    answer, causes, verdicts = text.split("\n\n")
    assert causes.splitlines() == [
        "Causes, the likeliest first",
        "0.90  lr_too_high  The learning rate is too high. Said by lr_too_high, tiny_subset.",
        "0.40  dead_relu    Units that are zero for every sample, and get no gradient. "
        "Said by dead_units.",
    ]
    assert "0.90" in answer
    assert verdicts.splitlines()[0].startswith("▲ warning  lr_too_high")


def test_a_known_cause_takes_the_place_of_an_unknown_one() -> None:
    report = Report.of([worry("no_learning", no_learning=0.6, label_corruption=0.5)], 10)
    assert [cause.cause for cause in report.diagnosis] == ["label_corruption"]
    assert report.reason.startswith("Likely cause: the labels do not belong to their inputs (0.50)")


def test_a_worry_that_nothing_explains_is_unknown() -> None:
    report = Report.of([worry("class_balance")], 3)
    assert report.diagnosis[0].cause == UNKNOWN
    assert meaning(report.diagnosis[0]) == "The cause is unknown"
    said = worry("no_learning", no_learning=0.6)
    assert meaning(Cause(UNKNOWN, 0.6, (said,))).startswith("It learns too little")
    assert meaning(Cause("of_a_newer_release", 0.6, (said,))) == "of a newer release"


def test_every_severity_has_a_sign_of_its_own() -> None:
    assert set(SIGNS) == set(Severity)
    assert len(set(SIGNS.values())) == len(Severity)


def test_the_dict_is_json_and_complete() -> None:
    report = Report.of([FINE, worry("lr_too_high", lr_too_high=0.8), LOST], 2)
    raw = json.loads(json.dumps(report.to_dict(), allow_nan=False))
    assert raw["healthy"] is False
    assert raw["epochs"] == 2
    assert tuple(Verdict.from_dict(v) for v in raw["verdicts"]) == report.verdicts
    assert raw["diagnosis"] == [
        {"cause": "lr_too_high", "confidence": 0.8, "checks": ["lr_too_high"]}
    ]


def test_what_json_has_no_form_for_is_told_all_the_same() -> None:
    odd = {
        "nan": math.nan,
        "list": [math.inf, 1.0, (2, True)],
        "tensor": torch.tensor(1.5),
        "vector": torch.arange(2),
        "numpy": numpy.float32(0.5),
        "flag": numpy.bool_(True),
        "severity": Severity.PASS,
        "where": Path("a"),
        "inner": {1: -math.inf},
    }
    verdict = Verdict("x", Severity.NOTE, "Odd.", odd, Remedy("None.", {"lr": math.nan}))
    report = Report.of([verdict], 1).to_dict()
    found = json.loads(json.dumps(report, allow_nan=False))["verdicts"][0]
    assert found["evidence"] == {
        "nan": None,
        "list": [None, 1.0, [2, True]],
        "tensor": 1.5,
        "vector": "tensor([0, 1])",
        "numpy": 0.5,
        "flag": True,
        "severity": "pass",
        "where": "a",
        "inner": {"1": None},
    }
    assert found["remedy"]["patch"] == {"lr": None}


@pytest.mark.parametrize("name", sorted(SICK))
def test_saved_json_can_be_judged_again(name: str, tmp_path: Path) -> None:
    report = judged(name)
    raw = json.loads(report.save(tmp_path / "run.json").read_text())
    history = History.from_dict(raw.pop("history"))
    again = Report.of(judge(history, load_checks(profile="full")), history.epochs, history)
    assert raw == report.to_dict()
    assert again.to_dict() == report.to_dict()


def test_what_the_caller_measured_is_saved_as_json(tmp_path: Path) -> None:
    history = History()
    history.record(1, {"train_loss": math.inf, "val_loss": 1.0})
    raw = json.loads(Report.of([], 1, history).save(tmp_path / "run.json").read_text())
    assert raw["history"]["rows"] == {"1": {"train_loss": None, "val_loss": 1.0}}


def test_saves_a_page_and_answers_with_its_path(tmp_path: Path) -> None:
    target = str(tmp_path / "run.HTML")
    assert judged("diverging").save(target) == Path(target)
    assert Path(target).read_text(encoding="utf-8").startswith("<!doctype html>")


@pytest.mark.parametrize("name", ["run.txt", "run", "html"])
def test_other_endings_are_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=rf"\.html or \.json; '{name}'"):
        Report.of([], 0).save(tmp_path / name)
    assert not list(tmp_path.iterdir())
