"""Triplet loss."""

from torch import nn

from trainer.form import Form
from trainer.losses import refuse_misfit
from trainer.losses._pieces import InPieces
from trainer.recipe.losses import Triplet as Settings


class Triplet:
    """mean⁺ max(0, d(a, p) − d(a, n) + m): a, p of one class, n of another (Schroff 2015, §3.1).

    d is the Euclidean distance of the embeddings scaled to length 1, not squared as there; mean⁺
    leaves out what is zero (Hermans et al. 2017, batch all ≠ 0). `semihard`: d(a, p) < d(a, n).
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def build(self, form: Form) -> nn.Module:
        """outputs [N, dimensions], targets [N] int64."""
        from pytorch_metric_learning.distances import LpDistance
        from pytorch_metric_learning.losses import TripletMarginLoss
        from pytorch_metric_learning.miners import TripletMarginMiner

        chosen = self.settings
        refuse_misfit(chosen, form)
        distance = LpDistance(normalize_embeddings=False)
        loss = TripletMarginLoss(margin=chosen.margin, distance=distance)
        if chosen.miner == "all":
            return InPieces(loss)
        miner = TripletMarginMiner(chosen.margin, chosen.miner, distance=distance)
        return InPieces(loss, miner)
