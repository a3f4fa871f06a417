"""YAML from the dashboard: what people type is read as they mean it, and nothing hurts."""

import time

import pytest
import yaml

from service import yaml_text
from service.study import EXAMPLE, StudyDocument
from service.yaml_text import Unreadable


def test_what_is_printed_is_read_again() -> None:
    whole = StudyDocument.parse(EXAMPLE).model_dump(mode="json")
    for document in (EXAMPLE, whole, {}, {"name": "a: b\n<script>\u202e🎉 #", "space": {}}):
        assert yaml_text.read(yaml_text.printed(document)).value == document
        assert yaml.safe_load(yaml_text.printed(document)) == document


def test_short_sections_are_printed_on_one_line() -> None:
    printed = yaml_text.printed(EXAMPLE)
    assert "  model: {name: mlp, hidden: [64]}\n" in printed
    assert "  optimizer.lr: {log_uniform: [0.0001, 1.0]}\n" in printed
    assert printed.startswith("name: digits-lr-wd\nrecipe:\n  data:")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("1e-4", 1e-4),
        ("1E5", 1e5),
        ("-.5e2", -50.0),
        ("1.0e-4", 1e-4),
        ("2020-01-01", "2020-01-01"),
    ],
)
def test_numbers_and_texts_are_read_as_they_are_meant(written: str, meant: object) -> None:
    assert yaml_text.read(f"lr: {written}").value == {"lr": meant}


def test_a_number_that_json_cannot_hold_stays_a_text() -> None:
    assert yaml_text.read("[.inf, .nan, 1.0e+999]").value == [".inf", ".nan", "1.0e+999"]


def test_lines_are_those_of_the_keys() -> None:
    written = yaml_text.read("name: x\nspace:\n  optimizer.lr:\n    log_uniform: [1,\n     2]\n")
    assert written.line("name") == 1
    assert written.line("space.optimizer.lr") == 3
    assert written.line("space.optimizer.lr.log_uniform.1") == 5
    assert written.line("space.optimizer.lr.points") == 3
    assert written.line("trials") is None


@pytest.mark.parametrize(
    ("text", "said", "line"),
    [
        ("a: 1\nb: &x [1]\nc: *x", "anchors and aliases", 2),
        ("a: !!python/object/apply:os.system [ls]", "takes no tag", 1),
        ("a: !!binary aGk=", "takes no tag", 1),
        ("x: 1\na: !!set {b}", "takes no tag", 2),
        ("a: 1\na: 2", "'a' is given twice", 2),
        ("a: 1\nb: [1", "is not YAML", 3),
        ("a:\n\t- 1", "is not YAML", 2),
        ("[" * 5000, "nested more than 24 deep", 1),
        ("? [1]\n: 2", "one word", 1),
        ("a: \ud800", "no text", None),
        ("a: \0", "no text", None),
        ("a: " + "1" * 5000, "cannot be read", 1),
        ("a: 1\n---\nb: 2", "is not YAML", 2),
        ("#" * 100_001, "longer than", None),
    ],
)
def test_what_cannot_be_read_is_told_with_its_line(text: str, said: str, line: int | None) -> None:
    with pytest.raises(Unreadable) as caught:
        yaml_text.read(text)
    assert said in caught.value.message
    assert caught.value.line == line


def test_a_bomb_of_aliases_takes_no_time() -> None:
    layers = [f"l{i}: &l{i} [{', '.join([f'*l{i - 1}'] * 9)}]" for i in range(1, 40)]
    began = time.perf_counter()
    with pytest.raises(Unreadable):
        yaml_text.read("\n".join(["l0: &l0 [x]", *layers]))
    assert time.perf_counter() - began < 1


def test_a_document_that_cannot_be_printed_says_why() -> None:
    deep: list[object] = []
    for _ in range(30):
        deep = [deep]
    assert yaml_text.unprintable(EXAMPLE) is None
    assert yaml_text.unprintable(deep) == "is nested more than 24 deep"
    assert yaml_text.unprintable({"a": ["\ud800"]}) == "holds characters that are no text"
    assert yaml_text.unprintable([0] * 60_000) == "holds more than 50000 values"
