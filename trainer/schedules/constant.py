"""The lr as given."""

from trainer.recipe.schedules import Constant as Settings


class Constant:
    """1 throughout."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def at(self, t: int, total: int) -> float:
        """The factor at step t of `total`."""
        return 1.0
