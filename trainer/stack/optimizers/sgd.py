"""Stochastic gradient descent."""

from trainer.stack.optimizers._velocity import Velocity


class Sgd(Velocity):
    """w ← w − lr·g, with momentum or Nesterov's where the settings have it; see `_velocity`."""
