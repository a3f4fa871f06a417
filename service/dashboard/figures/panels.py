"""The figures of a folder as panels of a page, in their order."""

from collections.abc import Iterable
from dataclasses import replace

from diagnostics.parts import Folder
from service.dashboard.views import Panel

WIDTH = 12  # columns of the page's grid


def panels(folder: Folder, url: str, without: Iterable[str] = ()) -> tuple[Panel, ...]:
    """One panel per figure; `url` is where their JSON is asked for, without the name."""
    left_out = set(without)
    kinds = [(name, folder.load(name)) for name in folder.names() if name not in left_out]
    ordered = sorted(kinds, key=lambda pair: pair[1].order)
    return tuple(Panel(name, kind.title, f"{url}/{name}", kind.columns) for name, kind in ordered)


def filled(shown: Iterable[Panel]) -> tuple[Panel, ...]:
    """The same, the last of each row as wide as the row has room."""
    rows: list[list[Panel]] = [[]]
    for panel in shown:
        if sum(each.columns for each in rows[-1]) + panel.columns > WIDTH:
            rows.append([])
        rows[-1].append(panel)
    return tuple(panel for row in rows for panel in _stretched(row))


def _stretched(row: list[Panel]) -> list[Panel]:
    room = WIDTH - sum(panel.columns for panel in row)
    return [*row[:-1], *(replace(last, columns=last.columns + room) for last in row[-1:])]
