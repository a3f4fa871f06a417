"""Cases written without sight of the checks: all are read, and ask for causes that exist."""

from pathlib import Path

import bench.diagnosis
from bench.diagnosis.grammar import read
from diagnostics.causes import CAUSES

FOLDER = Path(bench.diagnosis.__file__).parent
FOUND = read([FOLDER / "holdout.yaml"])


def test_all_can_be_read() -> None:
    assert FOUND.refused == ()
    assert {case.label for case in FOUND.cases} == {"healthy", "faulty"}


def test_faults_ask_for_causes_that_exist_and_rule_others_out() -> None:
    for case in FOUND.cases:
        right, never = set(case.expect.right), set(case.expect.never)
        assert right | never <= set(CAUSES), case.id
        assert not right & never, case.id
        assert bool(right) == (case.label == "faulty"), case.id


def test_none_is_one_of_our_own() -> None:
    own = {case.id for case in read([FOLDER / "own.yaml"]).cases}
    assert own.isdisjoint(case.id for case in FOUND.cases)
