"""Trains lessons, says what was seen, and fails where a direction does not show.

    python -m bench.lessons [NAMES] [--quick] [--processes 2]

The page is written where all lessons of the folder were trained and none failed.
"""

import argparse
import multiprocessing
import os
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from bench.lessons.lesson import Lesson
from bench.lessons.page import RESULT, write
from bench.lessons.teaching import Taught, teach
from diagnostics.parts import did_you_mean

FOLDER = Path(__file__).parents[2] / "examples" / "lessons"
MOST_SECONDS = 90  # of one core, for a lesson


def main(arguments: list[str] | None = None) -> int:
    """1 where a lesson failed, else 0."""
    given = _parser().parse_args(arguments)
    lessons = lessons_in(given.folder)
    chosen = [each for each in lessons if _is_chosen(each, given)]
    known = [lesson.name for lesson in lessons]
    for name in given.names:
        if name not in known:
            print(f"No lesson is called {name!r}; {did_you_mean(name, known)}", file=sys.stderr)
            return 1
    taught = []
    for each in _taught(chosen, given.processes):
        _tell(each)
        taught.append(each)
    failed = sum(bool(_problems(each)) for each in taught)
    print(f"{len(taught) - failed} of {len(taught)} lessons show what they teach.")
    if len(chosen) == len(lessons) and not failed:
        write(lessons, taught, given.folder, given.result)
    return 1 if failed else 0


def lessons_in(folder: Path) -> list[Lesson]:
    """In the order of their names. Raises ValueError where a file is no lesson."""
    return [Lesson.read(path) for path in sorted(folder.glob("*.yaml"))]


def _is_chosen(lesson: Lesson, given: argparse.Namespace) -> bool:
    return (not given.names or lesson.name in given.names) and (lesson.quick or not given.quick)


def _taught(lessons: list[Lesson], processes: int) -> Iterator[Taught]:
    """Each as soon as it and those before it have ended."""
    if processes == 1:
        yield from map(teach, lessons)
        return
    spawned = multiprocessing.get_context("spawn")  # a forked torch may wait for ever
    with ProcessPoolExecutor(min(processes, len(lessons)), mp_context=spawned) as pool:
        yield from pool.map(teach, lessons)


def _tell(taught: Taught) -> None:
    print(f"{taught.lesson.name}, {taught.seconds:.0f} s: {taught.shown()}", flush=True)
    for problem in _problems(taught):
        print(f"  FAILED: {problem}", flush=True)


def _problems(taught: Taught) -> list[str]:
    slow = f"takes {taught.seconds:.0f} s, more than {MOST_SECONDS} s: train less"
    return taught.failures() + ([slow] if taught.seconds > MOST_SECONDS else [])


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench.lessons", description=__doc__)
    parser.add_argument("names", nargs="*", help="files without .yaml; all where none is given")
    parser.add_argument("--quick", action="store_true", help="those that `make test` trains")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="with the lessons' files")
    parser.add_argument("--result", type=Path, default=RESULT, help="file that the page is made of")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1, help="at a time")
    return parser


if __name__ == "__main__":
    sys.exit(main())
