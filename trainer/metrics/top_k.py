"""Top-k accuracy."""

from torch import Tensor

from trainer.form import Form
from trainer.recipe.evaluation import TopK as Settings


class TopK:
    """Share of samples whose class has one of the k largest logits (Krizhevsky et al. 2012, §2)."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def of(self, outputs: Tensor, targets: Tensor, form: Form) -> float:
        """outputs [N, C], targets [N] → 0..1; with k ≥ C it is 1."""
        k = min(self.settings.k, form.outputs)
        found = outputs.topk(k, dim=1).indices == targets.unsqueeze(1)
        return found.any(dim=1).double().mean().item()
