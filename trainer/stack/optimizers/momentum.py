"""SGD with momentum."""

from trainer.stack.optimizers._velocity import Velocity


class Momentum(Velocity):
    """v ← μv + g; w ← w − lr·v (Polyak 1964); see `_velocity`."""
