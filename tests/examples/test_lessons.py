"""Lessons show what they teach, the page says what was seen, and the runner can fail."""

import json
from pathlib import Path

import pytest
import yaml
from pydantic import ValidationError

from bench.lessons.__main__ import FOLDER, main
from bench.lessons.lesson import Expectation, Lesson
from bench.lessons.page import RESULT, page, taught_of
from bench.lessons.teaching import Taught, teach

LESSONS = {path.stem: Lesson.read(path) for path in sorted(FOLDER.glob("*.yaml"))}
QUICK = [name for name, lesson in LESSONS.items() if lesson.quick]
PAGE = (FOLDER / "README.md").read_text(encoding="utf-8")
TINY = {
    "lesson": "Training lowers the loss.",
    "source": "Anyone who has trained.",
    "recipe": {"data": "iris", "model": {"name": "mlp", "hidden": [8]}, "epochs": 3},
    "runs": {"short": {}, "long": {"epochs": 6}},
    "sees": {
        "first": {"run": "short", "signal": "train_loss", "at": 1},
        "last": {"run": "long", "signal": "train_loss", "at": "last"},
    },
    "shows": "From {first} to {last} nat.",
    "expect": [{"left": "last", "is": "below", "right": "first"}],
}


def tiny(**changes: object) -> Lesson:
    return Lesson.model_validate({"name": "tiny", **TINY, **changes})


def turned(expected: Expectation) -> Expectation:
    other = "above" if expected.relation == "below" else "below"
    return expected.model_copy(update={"relation": other})


@pytest.mark.parametrize("name", QUICK)
def test_a_quick_lesson_shows_what_it_teaches(name: str) -> None:
    """And turned round, each of its expectations fails."""
    taught = teach(LESSONS[name])
    assert taught.failures() == []
    around = [turned(expected) for expected in taught.lesson.expect]
    lesson = taught.lesson.model_copy(update={"expect": around})
    assert len(Taught(lesson, taught.values, taught.seconds).failures()) == len(around)


@pytest.mark.parametrize("name", LESSONS)
def test_a_lesson_has_its_row(name: str) -> None:
    rows = [line for line in PAGE.splitlines() if f"]({name}.yaml)" in line]
    assert len(rows) == 1
    assert f"[{LESSONS[name].lesson}]" in rows[0]


def test_the_page_is_that_of_the_result_file() -> None:
    kept = json.loads(RESULT.read_text(encoding="utf-8"))
    assert page(list(LESSONS.values()), kept) == PAGE


@pytest.mark.parametrize("name", LESSONS)
def test_what_the_page_says_holds(name: str) -> None:
    rows = {row["name"]: row for row in json.loads(RESULT.read_text(encoding="utf-8"))["rows"]}
    seen = taught_of(LESSONS[name], rows[name])
    assert seen.failures() == []
    assert seen.shown() == rows[name]["seen"]


@pytest.mark.parametrize("name", LESSONS)
def test_a_lessons_comments_say_what_to_look_at(name: str) -> None:
    text = (FOLDER / f"{name}.yaml").read_text(encoding="utf-8")
    assert any(line.startswith("# ") for line in text.splitlines())


def test_the_same_numbers_again() -> None:
    assert teach(tiny()).values == teach(tiny()).values


def run_alone(folder: Path, document: dict[str, object]) -> int:
    (folder / "alone.yaml").write_text(yaml.safe_dump(document), encoding="utf-8")
    return main(["--folder", str(folder), "--result", str(folder / "r.json"), "--processes", "1"])


def test_the_runner_writes_the_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_alone(tmp_path, TINY) == 0
    assert "1 of 1 lessons" in capsys.readouterr().out
    assert "[Training lowers the loss.](alone.yaml)" in (tmp_path / "README.md").read_text("utf-8")


def test_the_runner_fails_and_writes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = [{"left": "last", "is": "above", "right": "first"}]
    assert run_alone(tmp_path, {**TINY, "expect": wrong}) == 1
    assert "FAILED: last above first: last = " in capsys.readouterr().out
    assert not (tmp_path / "README.md").exists()


def test_the_runner_knows_its_lessons(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["vanishing_gradient"]) == 1
    assert "vanishing_gradients" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"runs": {"short": {"optimizer.lr": -1}}}, "greater than 0"),
        ({"sees": {"a": {"run": "shorter", "signal": "train_loss"}}}, "names 'shorter'"),
        ({"sees": {"a": {"run": "short"}}}, "a quantity has one of signal"),
        ({"sees": {"a": {"ratio": ["b", "b"]}}}, "names 'b'"),
        ({"shows": "From {first} to {lasst} nat."}, "names 'lasst'"),
        ({"expect": [{"left": "lasst", "is": "below", "right": 1}]}, "names 'lasst'"),
        ({"expect": [{"left": "last", "is": "near", "right": 1}]}, "'below' or 'above'"),
        ({"objective": {"metric": "val_acuracy"}}, "val_accuracy"),
    ],
    ids=["value", "run", "quantity", "ratio", "shows", "expect", "relation", "objective"],
)
def test_a_lesson_that_makes_no_sense_is_refused(changes: dict[str, object], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        tiny(**changes)
