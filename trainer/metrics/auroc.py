"""Area under the ROC curve, each class against the rest."""

import math

import torch
from torch import Tensor

from trainer.form import Form
from trainer.recipe.evaluation import Auroc as Settings


class Auroc:
    """Chance that a sample of the class gets more of its probability than one of another.

    Fawcett 2006, §7. The unweighted mean over the classes that occur, since nothing can be said of
    the others; nan where fewer than two do. Probabilities are the softmax of the outputs.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def of(self, outputs: Tensor, targets: Tensor, form: Form) -> float:
        """outputs [N, C], targets [N] → 0..1; 0.5 is guessing."""
        from torchmetrics.functional.classification import multiclass_auroc

        classes, numbers = torch.unique(targets, return_inverse=True)
        if len(classes) < 2:
            return math.nan
        scores = outputs.softmax(dim=1)[:, classes]
        return float(multiclass_auroc(scores, numbers, len(classes)))
