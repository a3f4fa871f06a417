"""CSV and Parquet: the same rows in both, read the same way."""

import csv
import io
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.trainer.files.written import read, settings, write_parquet
from trainer import files
from trainer.errors import BadFile
from trainer.files import Samples

LENGTHS = [1.5, -2.25, 3e4, 0.0, 5.125, 6.0]
COUNTS = [1, 2, 3, 4, 5, 6]
KINDS = ["b", "a", "b", "c", "a", "c"]
TABLE: dict[str, list[Any]] = {"length": LENGTHS, "count": COUNTS, "target": KINDS}
FORMATS = pytest.mark.parametrize("name", ["csv", "parquet"])


def write(folder: Path, name: str, columns: dict[str, list[Any]]) -> None:
    if name == "parquet":
        write_parquet(folder / "data.parquet", **columns)
        return
    stream = io.StringIO()
    writer = csv.writer(stream)
    writer.writerow(columns)
    writer.writerows(zip(*columns.values(), strict=True))
    (folder / "data.csv").write_text(stream.getvalue())


def table(folder: Path, name: str, columns: dict[str, list[Any]], **given: Any) -> Samples:
    write(folder, name, columns)
    return read(folder, name, **given)


@FORMATS
def test_features_and_classes(name: str, tmp_path: Path) -> None:
    samples = table(tmp_path, name, TABLE)
    assert samples.inputs.tolist() == [list(pair) for pair in zip(LENGTHS, COUNTS, strict=True)]
    assert (samples.inputs.dtype, samples.targets.dtype) == (np.float32, np.int64)
    assert samples.targets.tolist() == [1, 0, 1, 2, 0, 2]
    assert (samples.outputs, samples.labels) == (3, ("a", "b", "c"))


@FORMATS
@pytest.mark.parametrize(
    ("pair", "labels"),
    [
        ((10, 9), {"9", "10"}),
        ((True, False), {"False", "True"}),
        ((20.0, 3.5), {"3.5", "20.0", "20"}),  # Parquet has no way to write a number
        (("x1", "x10"), {"x1", "x10"}),
    ],
    ids=["whole numbers", "booleans", "numbers", "text"],
)
def test_order_of_classes(
    name: str, pair: tuple[Any, Any], labels: set[str], tmp_path: Path
) -> None:
    samples = table(tmp_path, name, {**TABLE, "target": [*pair] * 3})
    first = min(pair)
    expected = [0 if value == first else 1 for value in [*pair] * 3]
    assert samples.targets.tolist() == expected
    assert {label.capitalize() if pair[0] is True else label for label in samples.labels} <= labels


@FORMATS
def test_regression(name: str, tmp_path: Path) -> None:
    samples = table(tmp_path, name, TABLE, target="length", task="regression", drop=["target"])
    assert samples.inputs.tolist() == [[c] for c in COUNTS]
    assert samples.targets.tolist() == [[length] for length in LENGTHS]
    assert (samples.outputs, samples.task, samples.targets.dtype) == (1, "regression", np.float32)


@FORMATS
def test_limit(name: str, tmp_path: Path) -> None:
    samples = table(tmp_path, name, {**TABLE, "target": list("babaac")}, limit=5)
    assert samples.inputs[:, 1].tolist() == COUNTS[:5]
    assert samples.targets.tolist() == [1, 0, 1, 0, 0]


@FORMATS
@given(rows=st.lists(st.floats(width=32, allow_nan=False, allow_infinity=False), min_size=1))
def test_every_float32_comes_back(
    name: str, rows: list[float], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("data")
    columns = {"x": [0.0] * len(rows), "target": rows}
    samples = table(folder, name, columns, task="regression")
    assert samples.targets[:, 0].tolist() == rows


BAD: dict[str, tuple[dict[str, list[Any]], dict[str, Any], str, str]] = {
    "no such target": (TABLE, {"target": "taget"}, "target", "no column 'taget'; did you mean"),
    "no such column to drop": (TABLE, {"drop": ["size"]}, "drop", "has no column 'size'"),
    "the target dropped": (TABLE, {"drop": ["target"]}, "drop", "the target 'target' is also"),
    "nothing left": (TABLE, {"drop": ["length", "count"]}, "drop", "has no column left"),
    "no rows": ({"a": [], "target": []}, {}, "file", "holds no rows|holds no samples"),
}
VALUES: dict[str, tuple[dict[str, list[Any]], str]] = {
    "a number missing": (
        {**TABLE, "count": [1, 2, 3, None, 5, 6]}, "a value is missing in row 4, column 'count'",
    ),
    "a label missing": (
        {**TABLE, "target": ["a", "b", None, "b", "a", "b"]},
        "a value is missing in row 3, column 'target'",
    ),
    "a label that is blank": (
        {**TABLE, "target": ["a", "b", " ", "b", "a", "b"]},
        "a value is missing in row 3, column 'target'",
    ),
    "a number that is infinite": (
        {**TABLE, "length": [1.0, np.inf, 1.0, 1.0, 1.0, 1.0]},
        "row 2, column 'length' holds inf, which is no finite float32",
    ),
    "a number beyond float32": (
        {**TABLE, "length": [1.0, 1.0, 1e300, 1.0, 1.0, 1.0]},
        r"row 3, column 'length' holds 1e\+300, which is no finite float32",
    ),
}  # fmt: skip


@FORMATS
@pytest.mark.parametrize("case", BAD)
def test_what_is_refused(name: str, case: str, tmp_path: Path) -> None:
    columns, given, field, says = BAD[case]
    with pytest.raises(BadFile, match=f"data.{name}: .*({says})"):
        table(tmp_path, name, columns, **given)
    (problem,) = files.check(settings(name, **given), tmp_path)
    assert problem.field == f"recipe.data.{field}"


@FORMATS
@pytest.mark.parametrize("case", VALUES)
def test_values_that_are_refused(name: str, case: str, tmp_path: Path) -> None:
    columns, says = VALUES[case]
    with pytest.raises(BadFile, match=f"data.{name}: {says}"):
        table(tmp_path, name, columns)
    assert len(files.check(settings(name), tmp_path)) == 1


@FORMATS
@pytest.mark.parametrize(
    ("kinds", "says"),
    [
        (["a"] * 6, "has one class only, 'a'"),
        (list("abcdef"), "has 6 different labels in 6 samples; .*task: regression"),
    ],
    ids=["one class", "all different"],
)
def test_a_target_that_is_no_label(name: str, kinds: list[str], says: str, tmp_path: Path) -> None:
    with pytest.raises(BadFile, match=says):
        table(tmp_path, name, {**TABLE, "target": kinds})


@FORMATS
def test_text_among_the_features(name: str, tmp_path: Path) -> None:
    with pytest.raises(BadFile, match=r"column 'target' holds .*drop"):
        table(tmp_path, name, TABLE, target="count")


def test_a_value_that_is_no_number_is_named(tmp_path: Path) -> None:
    (tmp_path / "data.csv").write_text("a,target\n1,x\n2,y\nthree,x\n4,y\n")
    with pytest.raises(BadFile, match="row 3, column 'a' holds 'three', which is no number"):
        read(tmp_path, "csv")


@pytest.mark.parametrize("missing", ["", "NA", "?", " nan ", "null"])
def test_ways_to_write_a_missing_value(missing: str, tmp_path: Path) -> None:
    (tmp_path / "data.csv").write_text(f"a,target\n1,x\n{missing},y\n3,x\n4,y\n")
    with pytest.raises(BadFile, match="a value is missing in row 2, column 'a'"):
        read(tmp_path, "csv")


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|", " "])
def test_delimiters(delimiter: str, tmp_path: Path) -> None:
    rows = [["a", "target"], ["1", "x"], ["2.5", "y"], ["3", "x"], ["4", "y"]]
    (tmp_path / "data.csv").write_text("\n".join(delimiter.join(row) for row in rows))
    samples = read(tmp_path, "csv", delimiter=delimiter)
    assert samples.inputs[:, 0].tolist() == [1.0, 2.5, 3.0, 4.0]


def test_what_spreadsheets_write(tmp_path: Path) -> None:
    text = '\ufeff"a size",target\r\n"1","x, or y"\r\n 2 ,"z\nz"\r\n3,"x, or y"\r\n4,"z\nz"\r\n'
    (tmp_path / "data.csv").write_text(text, newline="")
    samples = read(tmp_path, "csv")
    assert samples.inputs[:, 0].tolist() == [1.0, 2.0, 3.0, 4.0]
    assert samples.labels == ("x, or y", "z\nz")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a,target\n1,x\n2\n", "Expected 2 columns, got 1"),
        ("a,a,target\n1,2,x\n", "has two columns called 'a'"),
        ("a,target\n1,\xff\n", "is no table, or is damaged"),
        ("a,target\n", "holds no rows"),
    ],
    ids=["ragged", "two of a name", "not utf-8", "a header alone"],
)
def test_a_csv_that_is_none(text: str, says: str, tmp_path: Path) -> None:
    (tmp_path / "data.csv").write_bytes(text.encode("latin-1"))
    with pytest.raises(BadFile, match=f"data.csv: .*{says}"):
        read(tmp_path, "csv")
    assert len(files.check(settings("csv"), tmp_path)) == 1


def test_a_table_without_end_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("trainer.files.limits.MOST_ROWS", 3)
    for name in ("csv", "parquet"):
        with pytest.raises(BadFile, match="6 samples, more than 3; set `limit`"):
            table(tmp_path, name, TABLE)
    given = {"target": "count", "task": "regression", "drop": ["target"]}
    assert len(read(tmp_path, "csv", limit=3, **given).targets) == 3


def test_several_blocks_make_one_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("trainer.files.formats.csv.BLOCK", 200)
    monkeypatch.setattr("trainer.files.formats.parquet.BATCH", 7)
    kinds = [f"kind {n * n % 5}" for n in range(100)]
    columns: dict[str, list[Any]] = {"x": list(range(100)), "target": kinds}
    for name in ("csv", "parquet"):
        samples = table(tmp_path, name, columns)
        assert samples.inputs[:, 0].tolist() == list(range(100))
        assert [samples.labels[t] for t in samples.targets] == columns["target"]
    columns["x"][77] = None
    for name in ("csv", "parquet"):
        with pytest.raises(BadFile, match="missing in row 78, column 'x'"):
            table(tmp_path, name, columns)


def test_parquet_of_other_kinds(tmp_path: Path) -> None:
    whole = pa.array([1, 2, 3, 4], pa.int8())
    kinds = pa.array(["x", "y", "x", "y"]).dictionary_encode()
    write_parquet(tmp_path / "data.parquet", a=whole, b=[True, False, True, True], target=kinds)
    samples = read(tmp_path, "parquet")
    assert samples.inputs.tolist() == [[1, 1], [2, 0], [3, 1], [4, 1]]
    assert samples.labels == ("x", "y")
    write_parquet(tmp_path / "data.parquet", a=[[1], [2]], target=[1, 2])
    with pytest.raises(BadFile, match=r"column 'a' holds list<.*drop it"):
        read(tmp_path, "parquet")
