"""The loss of a model that has auxiliary heads while it trains."""

from collections.abc import Sequence

from torch import Tensor, nn


class WithHeads(nn.Module):
    """Loss of the first output + weight · Σ of the others' (Szegedy et al. 2015, §5).

    A model that puts out one tensor, as all do in evaluation, has the loss alone.
    """

    def __init__(self, loss: nn.Module, weight: float) -> None:
        super().__init__()
        self.loss = loss
        self.weight = weight

    def forward(self, outputs: Tensor | Sequence[Tensor], targets: Tensor) -> Tensor:
        """outputs [N, C, ...], or several of them, the main head's first."""
        heads = [outputs] if isinstance(outputs, Tensor) else outputs
        main, *others = (self.loss(head, targets) for head in heads)
        total: Tensor = main + self.weight * sum(others) if others else main
        return total
