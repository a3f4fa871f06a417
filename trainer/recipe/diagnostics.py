"""How a study is watched: which checks, with which thresholds, and what ends a trial."""

from typing import Any, Literal

from pydantic import Field

from trainer.recipe.ingredient import Settings


class Diagnostics(Settings):
    """`checks` replaces thresholds: check → field → value. `stop_on: never` only records."""

    profile: Literal["cheap", "standard", "full"] = "standard"
    stop_on: Literal["fatal", "never"] = "fatal"
    checks: dict[str, dict[str, Any]] = Field(default={}, max_length=256)
