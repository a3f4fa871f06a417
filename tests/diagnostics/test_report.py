import json

from diagnostics import Remedy, Severity, Verdict
from diagnostics.report import SIGNS, Report

FINE = Verdict("plateau", Severity.PASS, "The training loss is not flat.")
REMARK = Verdict("update_ratio", Severity.NOTE, "Somewhat fast.")
LOST = Verdict("diverging", Severity.FATAL, "The loss is 1e6.", remedy=Remedy("Lower lr."))
SILENT = Verdict("initial_loss", Severity.SKIPPED, "Not measured.")


def test_healthy_up_to_a_note() -> None:
    assert Report.of([FINE, REMARK, SILENT], 3).healthy
    assert not Report.of([FINE, LOST], 3).healthy
    assert Report.of([], 0).healthy


def test_the_worst_comes_first_and_equals_keep_their_order() -> None:
    other = Verdict("zeta", Severity.PASS, "Fine.")
    report = Report.of([FINE, SILENT, other, LOST, REMARK], 3)
    assert report.verdicts == (LOST, REMARK, FINE, other, SILENT)


def test_the_text_answers_first() -> None:
    lines = str(Report.of([FINE, LOST], 1)).splitlines()
    assert lines[0] == "Not healthy after 1 epoch. The loss is 1e6. Lower lr."
    assert lines[2] == "■ fatal    diverging  The loss is 1e6."
    assert lines[3] == "● pass     plateau    The training loss is not flat."
    healthy = str(Report.of([FINE, REMARK, SILENT], 20)).splitlines()
    assert healthy[0] == "Healthy after 20 epochs: 2 checks made, none of them worried."


def test_every_severity_has_a_sign_of_its_own() -> None:
    assert set(SIGNS) == set(Severity)
    assert len(set(SIGNS.values())) == len(Severity)


def test_the_dict_is_json() -> None:
    raw = json.loads(json.dumps(Report.of([FINE, LOST], 2).to_dict()))
    assert raw["healthy"] is False
    assert raw["epochs"] == 2
    assert [Verdict.from_dict(v) for v in raw["verdicts"]] == [LOST, FINE]
