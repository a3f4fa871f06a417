"""`sitter model show`: the table of layers, at every width, and its JSON."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from sitter.cli import main, output

LENET = Path(__file__).parents[3] / "examples/recipes/lenet5.yaml"
Show = Callable[..., tuple[int, str, str]]


@pytest.fixture
def show(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Show:
    """Writes a recipe and runs `sitter model show` on it; exit code, stdout, stderr."""
    monkeypatch.setenv("COLUMNS", "120")

    def command(content: str, *words: str) -> tuple[int, str, str]:
        (tmp_path / "it.yaml").write_text(content)
        monkeypatch.setattr("sys.argv", ["sitter", "model", "show", f"{tmp_path}/it.yaml", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capsys.readouterr()
        return int(ended.value.code or 0), out.replace("\u202f", " "), err

    return command


def test_lenet5_on_the_papers_images(show: Show) -> None:
    code, out, err = show(LENET.read_text(), "--input", "1,32,32")
    assert (code, err) == (0, "")
    answer, _, header, *rows = out.splitlines()
    assert answer.startswith("lenet5 from 1×32×32 to 10: 61 706 parameters, 416 520 multipl")
    assert header.split() == [
        "layer", "kind", "output", "parameters", "multiplied", "field", "stride", "memory",
    ]  # fmt: skip
    assert rows[0].split("  ")[0] == "conv1"
    assert " ".join(rows[0].split()) == "conv1 Conv2d 6×28×28 156 117 600 5 1 18.8 kB"
    total = next(row for row in rows if row.startswith("total"))
    assert " ".join(total.split()) == "total 61 706 416 520 58.4 kB"
    assert len({len(row.rstrip()) for row in (rows[0], total)}) == 1  # right-aligned


@pytest.mark.parametrize("columns", [60, 120])
def test_no_line_is_wider_than_the_terminal(
    show: Show, monkeypatch: pytest.MonkeyPatch, columns: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    _, out, _ = show("model: {name: resnet, norm: batch}", "--input", "3,32,32")
    assert max(map(len, out.splitlines())) <= columns
    joined = "".join(line.split("  ")[0].strip() for line in out.splitlines())
    assert "stage3.block3.branch.conv2" in joined  # nothing is cut off
    assert "2 359 296" in out
    assert ("Conv2d" in out) == (columns >= 100)


def test_of_the_data_itself(show: Show) -> None:
    code, out, _ = show("name: a study\nrecipe: {model: {name: mlp, hidden: []}}\n")
    assert code == 0
    assert out.startswith("mlp from 1×8×8 to 10: 650 parameters, 640 multiplications")


def test_texts(show: Show) -> None:
    words = ("--input", "20", "--outputs", "2", "--vocabulary", "5000")
    _, out, _ = show("model: text_cnn", *words)
    row = next(line for line in out.splitlines() if line.startswith("embedding"))
    assert " ".join(row.split()) == "embedding Embedding 20×128 640 000 – 1 1 10.2 kB"


def test_json_is_complete(show: Show) -> None:
    answer = json.loads(show(LENET.read_text(), "--input", "1,32,32", "--json")[1])
    assert answer["form"]["shape"] == [1, 32, 32]
    assert answer["samples"] is None
    assert answer["totals"]["multiplications"] == 416_520
    first = answer["layers"][0]
    assert first == {
        "name": "conv1", "kind": "Conv2d", "output": [6, 28, 28], "trainable": 156, "frozen": 0,
        "parameters": 156, "multiplications": 117_600, "receptive_field": [5, 5],
        "stride": [1.0, 1.0], "memory": 4 * 6 * 28 * 28,
    }  # fmt: skip


def test_heads_of_training_are_counted_apart(show: Show) -> None:
    _, out, _ = show("model: {name: inception, auxiliary: 1}", "--input", "3,32,32")
    assert "more parameters are used in training only." in out


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("--input", "1,x"), 1, "--input takes whole numbers above 0"),
        (("--input", "0,8,8"), 1, "--input takes whole numbers above 0"),
        (("--input", "64"), 1, "model.name: takes images [C, H, W]; the data has [64]"),
        (("--input", "1,8,8", "--outputs", "0"), 2, "--outputs"),
    ],
    ids=["no number", "zero", "no image", "outputs"],
)
def test_errors(show: Show, words: tuple[str, ...], code: int, says: str) -> None:
    got, out, err = show(LENET.read_text(), *words)
    assert (got, out) == (code, "")
    assert says in err


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        (0, "–"), (7, "7 B"), (999, "999 B"), (1000, "1.0 kB"), (18_816, "18.8 kB"),
        (145_000, "145 kB"), (999_499, "999 kB"), (999_500, "1.0 MB"), (4_200_000_000, "4.2 GB"),
        (5 * 10**12, "5000 GB"),
    ],
)  # fmt: skip
def test_sizes(number: int, shown: str) -> None:
    assert output.size(number) == shown


def test_counts_have_narrow_spaces() -> None:
    assert output.counted(1_234_567) == "1\u202f234\u202f567"
    assert output.counted(999) == "999"
    assert output.counted(0) == "–"
