"""Watching a study: a live display on a terminal, plain lines elsewhere."""

import sys
import time
from collections.abc import Callable

from rich.console import Group
from rich.live import Live
from rich.progress import BarColumn, Progress, TextColumn
from rich.text import Text

from sitter.answers import Study
from sitter.cli.output import (
    answer,
    console,
    counts_line,
    duration,
    how_trained,
    severity_sign,
    trials_table,
    verdicts_table,
)
from sitter.client import Sitter

LOOK_SECONDS = 0.5  # between two looks
LINE_SECONDS = 5.0  # between two lines where there is no terminal
SHOWN = ("warning", "fatal")


def watch(client: Sitter, study_id: int, still_alive: Callable[[], None] = lambda: None) -> Study:
    """Shows a study until it is over. `still_alive` raises where there is nothing to wait for."""
    pace = Pace()
    if console.is_terminal:
        with Live(console=console, refresh_per_second=8, transient=True) as live:
            return _follow(client, study_id, still_alive, LOOK_SECONDS, pace, live.update)
    return _follow(client, study_id, still_alive, LINE_SECONDS, pace, _line_printer())


def waited(client: Sitter, study_id: int) -> Study:
    """The study once it is over; nothing is shown."""
    while not (study := client.study(study_id)).over:
        time.sleep(LOOK_SECONDS)  # the pace of looking
    return study


class Pace:
    """How fast trials end, from what was seen since the first look at running ones."""

    def __init__(self) -> None:
        self._begun: float | None = None
        self._first = 0

    def left(self, study: Study) -> str:
        """Time left as words; empty while there is nothing to tell it from."""
        if self._begun is None and (study.ended or study.counts["running"]):
            self._begun, self._first = time.monotonic(), study.ended
        ended = study.ended - self._first
        if self._begun is None or ended == 0:
            return ""
        seconds = (time.monotonic() - self._begun) / ended * (study.trials - study.ended)
        return f"about {duration(seconds)} left"


def show_result(client: Sitter, study: Study, dashboard: str) -> None:
    """The answer, the top five, the verdicts, where to look next."""
    console.print(f"\n[bold]{answer(study)}[/]\n")
    descending = study.direction == "maximize"
    trials = client.trials(study.id, state="complete", sort="value", descending=descending)
    top = [trial for trial, _ in zip(trials, range(5), strict=False)]
    if top:
        console.print(trials_table(top, study.metric), "")
    console.print(f"Trials: {counts_line(study.counts)}")
    console.print(how_trained(study))
    console.print(verdicts_table(study.verdicts), "")
    console.print(f"Dashboard: {dashboard}")


def _follow(
    client: Sitter,
    study_id: int,
    still_alive: Callable[[], None],
    pause: float,
    pace: Pace,
    show: Callable[[Group], None],
) -> Study:
    shown_at = 0.0
    while True:
        study = client.study(study_id)
        over = study.over
        if over or time.monotonic() - shown_at >= pause:
            show(_display(study, pace))
            shown_at = time.monotonic()
        if over:
            return study
        still_alive()
        time.sleep(LOOK_SECONDS)  # the pace of looking


def _display(study: Study, pace: Pace) -> Group:
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(bar_width=30),
        TextColumn("{task.completed:.0f}/{task.total:.0f} trials"),
        TextColumn("{task.fields[left]}"),
        console=console,
    )
    bar.add_task(
        f"Study {study.id}", completed=study.ended, total=study.trials, left=pace.left(study)
    )
    found = [
        f"{severity_sign(severity)} {number}"
        for severity in SHOWN
        if (number := _verdicts(study, severity))
    ]
    yet = "" if study.over else " yet"
    return Group(
        bar,
        Text(f"Trials    {counts_line(study.counts)}"),
        Text(answer(study)) if study.best else Text(f"Best      none{yet}"),
        Text.from_markup("Verdicts  " + (", ".join(found) or f"nothing at warning or above{yet}")),
    )


def _line_printer() -> Callable[[Group], None]:
    def show(display: Group) -> None:
        with console.capture() as captured:
            console.print(display)
        lines = (" ".join(line.split()) for line in captured.get().splitlines())
        print(" · ".join(line for line in lines if line))
        sys.stdout.flush()

    return show


def _verdicts(study: Study, severity: str) -> int:
    return sum(by_severity.get(severity, 0) for by_severity in study.verdicts.values())
