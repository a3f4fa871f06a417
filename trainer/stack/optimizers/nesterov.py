"""Nesterov's accelerated gradient."""

from trainer.stack.optimizers._velocity import Velocity


class Nesterov(Velocity):
    """v ← μv + g; w ← w − lr(g + μv) (Sutskever et al. 2013, eq. 3 and 4); see `_velocity`."""
