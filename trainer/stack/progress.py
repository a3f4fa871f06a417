"""A bar for the terminal or a notebook: how far the trials of a stack are, and the best so far."""

from collections.abc import Iterable, Iterator, Sequence

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from trainer.best import Progress as Objectives
from trainer.events import Ended, EpochEnded, Event
from trainer.recipe import Objective, Recipe


def shown(
    told: Iterable[tuple[int, Event]],
    recipes: Sequence[Recipe],
    objective: Objective,
    console: Console | None = None,
) -> Iterator[tuple[int, Event]]:
    """The same events, while a bar counts the epochs of all trials."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("epochs"),
        TimeRemainingColumn(),
        TextColumn("{task.fields[best]}"),
    )
    best = Objectives(objective)
    total = sum(recipe.epochs for recipe in recipes)
    with Progress(*columns, console=console) as bar:
        line = bar.add_task(f"{len(recipes)} trials", total=total, best="")
        for number, event in told:
            if isinstance(event, EpochEnded):
                bar.advance(line)
                value = {**event.signals, **event.metrics}.get(objective.metric)
                if best.see({**event.signals, **event.metrics}):
                    bar.update(line, best=f"best {objective.metric} {value:.4g}, trial {number}")
            if isinstance(event, Ended):  # some end before their time
                total -= recipes[number].epochs - event.epochs
                bar.update(line, total=total)
            yield number, event
