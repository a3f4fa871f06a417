"""Contrastive loss of pairs."""

from torch import nn

from trainer.form import Form
from trainer.losses import refuse_misfit
from trainer.losses._pieces import InPieces
from trainer.recipe.losses import Contrastive as Settings


class Contrastive:
    """mean⁺ max(0, d − m₊) over pairs of one class + mean⁺ max(0, m₋ − d) over pairs of two.

    d is the Euclidean distance of the embeddings scaled to length 1; mean⁺ leaves out what is
    zero. Hadsell et al. 2006, eq. 4, without its squares, as in pytorch-metric-learning.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def build(self, form: Form) -> nn.Module:
        """outputs [N, dimensions], targets [N] int64."""
        from pytorch_metric_learning.distances import LpDistance
        from pytorch_metric_learning.losses import ContrastiveLoss

        chosen = self.settings
        refuse_misfit(chosen, form)
        loss = ContrastiveLoss(
            pos_margin=chosen.pos_margin,
            neg_margin=chosen.neg_margin,
            distance=LpDistance(normalize_embeddings=False),
        )
        return InPieces(loss)
