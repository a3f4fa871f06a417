"""Labelled texts, against scikit-learn's counting and by hand."""

import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.feature_extraction.text import CountVectorizer

from tests.trainer.files.written import read, settings
from trainer import files
from trainer.errors import BadFile
from trainer.files.tokens import split

TEXT = "spam\tFree £5! Call now\nham\tcall me, now\nspam\tfree FREE call\nham\tok\n"

LINES = st.text("abAB ,.!'1£é", min_size=1, max_size=20).filter(split)


def saved(folder: Path, text: str) -> Path:
    (folder / "texts").write_text(text, encoding="utf-8", newline="")
    return folder


def test_the_most_frequent_tokens_come_first(tmp_path: Path) -> None:
    samples = read(saved(tmp_path, TEXT), "text_tsv", file="texts", length=5)
    # call 3, free 3, now 2, then ! , 5 me ok £ once each, in the order of Unicode
    assert samples.inputs.tolist() == [
        [3, 10, 7, 5, 2], [2, 8, 6, 4, 0], [3, 3, 2, 0, 0], [9, 0, 0, 0, 0],
    ]  # fmt: skip
    assert samples.inputs.dtype == np.int64
    assert samples.vocabulary == 11
    assert (samples.labels, samples.targets.tolist()) == (("ham", "spam"), [1, 0, 1, 0])


def test_rare_tokens_are_unknown(tmp_path: Path) -> None:
    given = {"file": "texts", "length": 4, "tokens": {"name": "vocabulary", "size": 4}}
    samples = read(saved(tmp_path, TEXT), "text_tsv", **given)
    assert samples.inputs.tolist() == [[3, 1, 1, 1], [2, 1, 1, 1], [3, 3, 2, 0], [1, 0, 0, 0]]
    assert samples.vocabulary == 4


def test_hashing(tmp_path: Path) -> None:
    given = {"file": "texts", "length": 3, "tokens": {"name": "hashing", "buckets": 50}}
    samples = read(saved(tmp_path, TEXT), "text_tsv", **given)
    expected = [2 + zlib.crc32(word) % 50 for word in (b"free", b"free", b"call")]
    assert samples.inputs[2].tolist() == expected
    assert samples.vocabulary == 52


@given(texts=st.lists(LINES, min_size=4, max_size=20))
def test_as_scikit_learn_counts(texts: list[str], tmp_path_factory: pytest.TempPathFactory) -> None:
    lines = "".join(f"{'ab'[n % 2]}\t{text}\n" for n, text in enumerate(texts))
    folder = saved(tmp_path_factory.mktemp("data"), lines)
    samples = read(folder, "text_tsv", file="texts", length=30)
    counter = CountVectorizer(token_pattern=r"(?u)\w+|[^\w\s]")
    table = counter.fit_transform(texts).toarray()
    totals = table.sum(axis=0)
    ours = np.stack([(samples.inputs == 2 + n).sum(axis=1) for n in range(len(totals))], axis=1)
    words = counter.get_feature_names_out()
    order = sorted(range(len(words)), key=lambda n: (-totals[n], words[n]))
    assert np.array_equal(ours, table[:, order])


def test_line_ends_and_a_byte_order_mark(tmp_path: Path) -> None:
    plain = read(saved(tmp_path, TEXT), "text_tsv", file="texts")
    for text in ("\ufeff" + TEXT, TEXT.replace("\n", "\r\n"), TEXT.rstrip("\n")):
        again = read(saved(tmp_path, text), "text_tsv", file="texts")
        assert np.array_equal(again.inputs, plain.inputs)
        assert again.labels == plain.labels


def test_a_tab_within_the_text_and_a_quote_are_text(tmp_path: Path) -> None:
    text = 'a\tone\ttwo "three\nb\tone\na\ttwo\nb\tone\n'
    samples = read(saved(tmp_path, text), "text_tsv", file="texts")
    assert (samples.inputs[0] > 0).sum() == 4


def test_limit(tmp_path: Path) -> None:
    saved(tmp_path, TEXT + "no label here\n")
    assert len(read(tmp_path, "text_tsv", file="texts", limit=4).targets) == 4
    with pytest.raises(BadFile, match="line 5 has no TAB"):
        read(tmp_path, "text_tsv", file="texts")


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (b"ham call me", "line 5 has no TAB between label and text"),
        (b"", "line 5 has no TAB between label and text"),
        (b" \tcall me", "line 5 has no label"),
        (b"ham\t  ", "line 5 has no text"),
        (b"ham\t\xff\xfe", "line 5 is not UTF-8"),
        (b"ham\t" + b"x" * 2**20, "line 5 is longer than 1,048,576 bytes"),
    ],
    ids=["no tab", "blank", "no label", "no text", "not utf-8", "a line without end"],
)
def test_lines_that_are_refused(line: bytes, says: str, tmp_path: Path) -> None:
    (tmp_path / "texts").write_bytes(TEXT.encode() + line + b"\nham\tok\n")
    with pytest.raises(BadFile, match=f"texts: {says}"):
        read(tmp_path, "text_tsv", file="texts")
    (problem,) = files.check(settings("text_tsv", file="texts"), tmp_path)
    assert problem.field == "recipe.data.file"


@pytest.mark.parametrize(
    ("text", "says"),
    [("a\tx\na\ty\n", "has one class only, 'a'"), ("a\tx\nb\ty\n", "2 different labels in 2")],
    ids=["one class", "all different"],
)
def test_labels_that_are_none(text: str, says: str, tmp_path: Path) -> None:
    with pytest.raises(BadFile, match=says):
        read(saved(tmp_path, text), "text_tsv", file="texts")


def test_a_text_without_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("trainer.files.formats.text_tsv.MOST_BYTES", 50)
    with pytest.raises(BadFile, match="is larger than 50 bytes; set `limit`"):
        read(saved(tmp_path, TEXT), "text_tsv", file="texts")
