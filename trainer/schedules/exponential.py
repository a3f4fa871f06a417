"""The same factor in every step."""

from trainer.recipe.schedules import Exponential as Settings


class Exponential:
    """e^(−kt) with k such that `final` is reached at the end: final^(t/T)."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def at(self, t: int, total: int) -> float:
        """The factor at step t of `total`."""
        return float(self.settings.final ** (t / total))
