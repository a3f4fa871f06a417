"""The whole of it on real processes, as small as it can be."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from bench.fusion.__main__ import main
from bench.fusion.cases import CASES

pytestmark = pytest.mark.system


def test_everybody_trains_and_is_told_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    quick = replace(CASES["digits"], compiles=False, trials={"b0": 3, "b1": 3, "b2": 3, "ours": 3})
    monkeypatch.setitem(CASES, "digits", quick)  # compilation would take most of the time
    result = tmp_path / "fusion.json"
    small = ["--case", "digits", "--rounds", "1", "--epochs", "1"]
    main([*small, "--result", str(result)])
    row = json.loads(result.read_text("utf-8"))["cases"][0]
    medians = {who: found["median_ms"] for who, found in row["times"].items()}
    assert set(medians) == {"b0", "b1", "b2", "ours", "cold"}
    assert all(ms > 0 for ms in medians.values())
    assert medians["cold"] > medians["ours"]
    over = row["ratios"]["over_b0"]["times"]
    assert over == pytest.approx(medians["b0"] / medians["ours"], abs=0.01)
    assert row["learned"]["points"] == 3
    assert {"update", "threads", "processes"} == set(row["rivals"]["b2"])
    assert "Sitter, warm" in capsys.readouterr().out
