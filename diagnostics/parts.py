"""A folder is a registry: every module in it is one part, named by its file stem.

Names are listed without importing anything; a part is loaded when it is first asked for. A user's
own parts come in as installed packages through entry points of the same shape.
"""

import difflib
import importlib
import keyword
import pkgutil
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import EntryPoint, entry_points
from typing import Any


class UnknownPart(LookupError):
    """Nothing of this kind has that name; `nearest` holds the names it may have meant."""

    def __init__(self, kind: str, name: str, known: Iterable[str]) -> None:
        self.kind = kind
        self.name = name
        self.known = tuple(known)
        self.nearest = nearest(name, self.known)
        super().__init__(f"no {kind} is called {name!r}; {did_you_mean(name, self.known)}")


def nearest(word: str, known: Iterable[str], most: int = 3) -> list[str]:
    """The known words closest to `word`, best first; empty where none is close."""
    return difflib.get_close_matches(word, list(known), n=most, cutoff=0.5)


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """The end of an error sentence: the nearest valid name, else all of them."""
    names = sorted(known)
    close = nearest(word, names, most=1)
    return f"did you mean {close[0]!r}?" if close else f"known: {', '.join(names)}"


def class_name(stem: str) -> str:
    """`update_ratio` → `UpdateRatio`: one grep finds file, class, SQL value and URL.

    A keyword gets PEP 8's trailing underscore: `none` → `None_`.
    """
    name = "".join(piece.capitalize() for piece in stem.split("_"))
    return f"{name}_" if keyword.iskeyword(name) else name


@dataclass(frozen=True)
class Folder:
    """The parts in one package, and those that installed packages add under `group`.

    `kind` is the word used in errors ("check", "model"). A module whose stem starts with an
    underscore is not a part.
    """

    package: str
    kind: str
    group: str | None = None

    @cached_property
    def _modules(self) -> tuple[str, ...]:
        path = importlib.import_module(self.package).__path__
        return tuple(m.name for m in pkgutil.iter_modules(path) if not m.name.startswith("_"))

    @cached_property
    def _installed(self) -> dict[str, EntryPoint]:
        return {e.name: e for e in entry_points(group=self.group)} if self.group else {}

    def names(self) -> tuple[str, ...]:
        """Every part's name, sorted; imports none of them."""
        return tuple(sorted({*self._modules, *self._installed}))

    def load(self, name: str) -> Any:
        """The part's class. Raises UnknownPart with the nearest names."""
        if name in self._modules:
            return getattr(importlib.import_module(f"{self.package}.{name}"), class_name(name))
        if name in self._installed:
            return self._installed[name].load()
        raise UnknownPart(self.kind, name, self.names())
