"""Recall at k of embeddings."""

import math

from torch import Tensor

from trainer.form import Form
from trainer.metrics._nearest import hits
from trainer.recipe.evaluation import RecallAtK as Settings


class RecallAtK:
    """Share of samples with one of their class among the k nearest others (Jégou et al. 2011, §V).

    Of the whole validation set, each sample left out of its own search; nan of one sample alone and
    where outputs, or their lengths, are not finite.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def of(self, outputs: Tensor, targets: Tensor, form: Form) -> float:
        """outputs [N, D], targets [N] → 0..1."""
        if len(targets) < 2 or not outputs.norm(dim=1).isfinite().all():
            return math.nan
        return hits(outputs, targets, self.settings.k).double().mean().item()
