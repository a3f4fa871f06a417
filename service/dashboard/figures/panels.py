"""The figures of a folder as panels of a page, in their order."""

from diagnostics.parts import Folder
from service.dashboard.views import Panel


def panels(folder: Folder, url: str) -> tuple[Panel, ...]:
    """One panel per figure; `url` is where their JSON is asked for, without the name."""
    kinds = [(name, folder.load(name)) for name in folder.names()]
    return tuple(
        Panel(name, kind.title, f"{url}/{name}", kind.columns)
        for name, kind in sorted(kinds, key=lambda pair: pair[1].order)
    )
