"""What the page of a new study may show."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Source:
    """A study that can be copied."""

    id: int
    name: str


@dataclass(frozen=True)
class NewPage:
    """`yaml` is what the form begins with: an example, or the study `copied`."""

    yaml: str
    copied: Source | None
    sources: tuple[Source, ...]
    answer: str
