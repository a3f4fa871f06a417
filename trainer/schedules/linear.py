"""A straight line, from the lr to a share of it."""

from trainer.recipe.schedules import Linear as Settings


class Linear:
    """1 − (1 − final)·t/T."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def at(self, t: int, total: int) -> float:
        """The factor at step t of `total`."""
        return 1.0 - (1.0 - self.settings.final) * t / total
