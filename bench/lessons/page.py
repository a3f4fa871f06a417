"""The table of what was seen: examples/lessons/README.md, from the result file beside this."""

import json
import math
from pathlib import Path
from typing import Any

from bench.lessons.lesson import Lesson
from bench.lessons.teaching import Taught
from bench.machine import machine

RESULT = Path(__file__).with_name("result.json")
HEAD = """# Lessons

What a course on training networks teaches, each as a file that trains it and asserts it.
`make lessons` trains all of them, `make lessons ARGS=vanishing_gradients` one of them. It fails
where a direction does not show, and otherwise, where all were trained, writes this page.

Open a file to see the recipe and what to look at; `bench/lessons/lesson.py` says how such a file is
read. Numbers are medians over seeds, with the lowest and the highest in brackets.

| lesson | what was seen | s |
|---|---|---:|
"""


def kept_of(taught: list[Taught]) -> dict[str, Any]:
    """What is kept of a run of all lessons."""
    return {
        "machine": machine("sitter", "torch"),
        "unit": "s of computing on one core",
        "rows": [_row(each) for each in taught],
    }


def page(lessons: list[Lesson], kept: dict[str, Any]) -> str:
    """The page as Markdown; the rows are in the order of the lessons."""
    rows = {row["name"]: row for row in kept["rows"]}
    lines = [_line(lesson, rows[lesson.name]) for lesson in lessons]
    where = kept["machine"]
    foot = (
        f"{where['processor']}, one of {where['cores']} cores, {where['memory_gib']} GiB, "
        f"{where['system']}, Python {where['python']}, torch {where['torch']}."
    )
    return HEAD + "\n".join(lines) + f"\n\nMeasured on {foot}\n"


def write(lessons: list[Lesson], taught: list[Taught], folder: Path, result: Path) -> None:
    """The result file and the page."""
    kept = kept_of(taught)
    result.write_text(json.dumps(kept, indent=1, allow_nan=False) + "\n", encoding="utf-8")
    (folder / "README.md").write_text(page(lessons, kept), encoding="utf-8")


def _row(taught: Taught) -> dict[str, Any]:
    return {
        "name": taught.lesson.name,
        "seen": taught.shown(),
        "seconds": round(taught.seconds, 1),
        "seeds": taught.lesson.seeds,
        "values": {name: _json(values) for name, values in taught.values.items()},
    }


def taught_of(lesson: Lesson, row: dict[str, Any]) -> Taught:
    """The inverse of a row."""
    values = {name: [float(value) for value in each] for name, each in row["values"].items()}
    return Taught(lesson, values, row["seconds"])


def _json(values: list[float]) -> list[float | str]:
    """JSON has no nan and no infinity; float() reads their names."""
    return [value if math.isfinite(value) else str(value) for value in values]


def _line(lesson: Lesson, row: dict[str, Any]) -> str:
    title = f"[{lesson.lesson}]({lesson.name}.yaml)"
    return f"| {title} {lesson.source} | {row['seen']} | {row['seconds']:.0f} |"
