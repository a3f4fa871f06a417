"""How a study is watched: which checks, with which thresholds, and what ends a trial."""

from typing import Any, Literal

from pydantic import Field

from trainer.recipe.ingredient import Settings


class Diagnostics(Settings):
    """`checks` replaces thresholds: check → field → value. `stop_on: never` only records."""

    profile: Literal["none", "cheap", "standard", "full"] = Field(
        default="standard",
        description="What is measured, by cost. none: nothing beside the metrics, before training "
        "or during it, and no check judges, so that a run that diverges goes on to its last epoch. "
        "cheap: losses, norms, update ratios and finiteness; standard and full include it, and "
        "what costs more.",
    )
    stop_on: Literal["fatal", "never"] = "fatal"
    checks: dict[str, dict[str, Any]] = Field(default={}, max_length=256)

    @property
    def measures(self) -> bool:
        """Whether anything is measured beside the metrics."""
        return self.profile != "none"
