"""Adam with decoupled weight decay."""

from trainer.stack.optimizers._moments import Moments


class Adamw(Moments):
    """Loshchilov and Hutter 2019, algorithm 2: the weights shrink, then Adam; see `_moments`."""
