"""How a worker trains the trials of a lease: side by side or as one model, and what it measured."""

from typing import Annotated, Literal

from pydantic import Field

from service.fields import Number, Text, Wire

Engine = Literal["plain", "vmap", "lowered", "lanes"]
STACKED = ("vmap", "lowered")  # engines that train many trials as one model
MOST_TIMED = 200  # rows of the table: engines × widths
MOST_WIDTH = 1_000_000
MOST_BYTES = 2**60

Width = Annotated[int, Field(ge=1, le=MOST_WIDTH)]


class Timed(Wire):
    """What one step of an engine took with so many trials, s."""

    engine: Engine
    width: Width
    seconds_per_step: Number


class Line(Wire):
    """The time of a step as a + b · width, s."""

    a: Number
    b: Number


class Plan(Wire):
    """What the planner chose for a lease, why, and what it measured.

    `times_faster`: trials a second beside one by one; None where it was not measured.
    `bytes_per_trial`: memory that each further trial takes at most.
    """

    engine: Engine
    width: Width
    times_faster: Number = None
    reason: Text = ""
    table: list[Timed] = Field(default=[], max_length=MOST_TIMED)
    fit: dict[Engine, Line] = Field(default={})
    bytes_per_trial: int | None = Field(default=None, ge=0, le=MOST_BYTES)

    @property
    def stacked(self) -> bool:
        """Whether the trials are trained as one model."""
        return self.engine in STACKED
