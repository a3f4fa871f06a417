"""Drops by a factor at given shares of the training."""

from trainer.recipe.schedules import Step as Settings


class Step:
    """factorᵐ, m the number of milestones at or before t."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def at(self, t: int, total: int) -> float:
        """The factor at step t of `total`."""
        done = t / total  # not share * total: 0.55 * 20 is above 11, but 11 / 20 is 0.55
        passed = sum(done >= share for share in self.settings.at)
        return float(self.settings.factor**passed)
