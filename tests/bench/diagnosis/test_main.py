"""The command: its table, its result file, its errors."""

import json
from pathlib import Path

import pytest
import yaml

from bench.diagnosis.__main__ import main

CASES = {
    "cases": [
        {
            "id": "sound", "label": "healthy",
            "config": {
                "data": "iris_std", "layers": ["16 relu", "3 softmax"],
                "init": ["he_u", "glorot_u"], "loss": "cce_keras",
                "optimizer": {"name": "adam", "lr": 0.01}, "batch_size": 5, "epochs": 20,
            },
        },
        {
            "id": "wild", "label": "faulty", "twin": "sound",
            "config": {
                "data": "tab01_badX", "layers": ["8 relu", "1 linear"], "init": "he_n",
                "loss": "mse", "optimizer": {"name": "sgd", "lr": 0.05}, "batch_size": 32,
                "epochs": 2,
            },
            "expect": {"primary": "input_not_normalized", "accept": ["non_finite"]},
        },
    ]
}  # fmt: skip


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "two.yaml"
    path.write_text(yaml.safe_dump(CASES), encoding="utf-8")
    return path


def test_table_and_result_file(
    file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "result.json"
    arguments = [str(file), "--seeds", "1", "--processes", "1", "--json", str(out), "--verbose"]
    assert main(arguments) == 0
    told = capsys.readouterr()
    assert "2 of 2 runs" in told.err
    assert "2 runs: 1 healthy, 1 faulty" in told.out
    assert "faults found" in told.out
    written = json.loads(out.read_text(encoding="utf-8"))
    assert written["totals"]["sitter"]["detection"] == [1.0, 1, 1]
    assert [run["id"] for run in written["runs"]] == ["sound", "wild"]
    assert written["runs"][1]["loss"][0] is None
    assert set(written["machine"]) > {"processor", "torch"}


def test_measuring_prints_what_a_case_file_keeps(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(file), "--seeds", "1", "--processes", "1", "--measure", "--quiet"]) == 0
    told = capsys.readouterr().out
    assert "sound: # healthy" in told
    assert ": learned" in told
    assert "wild: # faulty" in told
    assert "not finite" in told


def test_a_case_that_cannot_be_run_is_named_and_the_others_run(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    raw = yaml.safe_load(file.read_text(encoding="utf-8"))
    raw["cases"].append({**raw["cases"][0], "id": "odd", "extra": {"inject": "sing"}})
    raw["cases"].append({**raw["cases"][0], "id": "lost"})
    raw["cases"][-1]["config"] = {**raw["cases"][0]["config"], "data": "irs"}
    file.write_text(yaml.safe_dump(raw), encoding="utf-8")
    arguments = [str(file), "--seeds", "1", "--processes", "1", "--quiet", "--measure"]
    assert main(arguments) == 1
    told = capsys.readouterr()
    assert "Not run: two.yaml: odd: inject 'sing'" in told.err
    assert "data 'irs' is unknown" in told.err
    assert "sound: " in told.out


def test_files_and_ids_that_do_not_exist(
    file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(tmp_path / "none.yaml")]) == 2
    assert "cannot be read" in capsys.readouterr().err
    assert main([str(file), "--case", "nobody"]) == 2
    assert "No case is called nobody" in capsys.readouterr().err
