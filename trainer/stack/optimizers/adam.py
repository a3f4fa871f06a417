"""Adam."""

from trainer.stack.optimizers._moments import Moments


class Adam(Moments):
    """Kingma and Ba 2015, algorithm 1; see `_moments`."""
