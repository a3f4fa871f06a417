"""How a model does on samples that it is not trained on."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from diagnostics.history import SignalValue, finite
from diagnostics.probes.initial import LossFn
from trainer.data import Dataset
from trainer.form import Form
from trainer.menu import part
from trainer.recipe import Recipe
from trainer.recipe.evaluation import RecallAtK

BATCH = 1024  # samples; bounds memory


@dataclass(frozen=True)
class Scores:
    """Mean loss; accuracy, nan where it has no meaning; and what the recipe's metrics say."""

    loss: float
    accuracy: float
    signals: dict[str, SignalValue]


class Examiner:
    """Scores a model as a recipe asks for.

    `labelled`: the largest output is the class. `scored`: there is an accuracy; that of embeddings
    is recall@1, the share of samples whose nearest neighbour has their class.
    """

    def __init__(self, recipe: Recipe, form: Form) -> None:
        embeds = recipe.loss.embeds
        self.labelled = form.task != "regression" and not embeds
        self.scored = self.labelled or embeds
        self._recall = part("metric", RecallAtK(k=1)) if embeds else None
        self._metrics = {f"val_{m.name}": part("metric", m) for m in recipe.evaluation.metrics}

    @torch.no_grad()
    def scores(self, model: nn.Module, loss_fn: LossFn, data: Dataset) -> Scores:
        """The model is left in evaluation mode."""
        outputs = outputs_of(model, data.inputs)
        loss, accuracy = losses_of(outputs, loss_fn, data, labelled=self.labelled)
        if self._recall is not None:
            accuracy = self._recall.of(outputs, data.targets, data.form)
        signals = {
            name: finite(metric.of(outputs, data.targets, data.form))
            for name, metric in self._metrics.items()
        }
        return Scores(loss, accuracy, signals)


@torch.no_grad()
def outputs_of(model: nn.Module, inputs: Tensor) -> Tensor:
    """What the model puts out with dropout off; it is left in evaluation mode."""
    model.eval()
    return torch.cat([model(batch) for batch in torch.split(inputs, BATCH)])


@torch.no_grad()
def evaluate(model: nn.Module, loss_fn: LossFn, data: Dataset) -> tuple[float, float]:
    """Mean loss and accuracy; the model is left in evaluation mode."""
    outputs = outputs_of(model, data.inputs)
    return losses_of(outputs, loss_fn, data, labelled=data.task != "regression")


@torch.no_grad()
def losses_of(
    outputs: Tensor, loss_fn: LossFn, data: Dataset, *, labelled: bool
) -> tuple[float, float]:
    """Mean loss and accuracy of outputs that are there already."""
    losses, right = [], []
    pairs = zip(torch.split(outputs, BATCH), torch.split(data.targets, BATCH), strict=True)
    for batch, targets in pairs:
        losses.append(loss_fn(batch, targets) * len(targets))
        right.append(hits(batch, targets, labelled=labelled))
    return means(losses, right, len(data))


def hits(outputs: Tensor | list[Tensor], targets: Tensor, *, labelled: bool) -> Tensor:
    """How many samples are classified right; of an image, the share of its pixels.

    nan where outputs are no logits of classes. Shares of classes, as mixup makes them, count as
    the largest. Of several heads' outputs, the first counts.
    """
    logits = outputs[0] if isinstance(outputs, list) else outputs.detach()
    if not labelled:
        return logits.new_full((), math.nan)
    if targets.is_floating_point():
        targets = targets.argmax(dim=1)
    found = logits.argmax(dim=1) == targets
    return found.sum() if found.ndim == 1 else found.flatten(1).float().mean(dim=1).sum()


def means(losses: list[Tensor], right: list[Tensor], samples: int) -> tuple[float, float]:
    """Mean loss and accuracy of the sums given; one wait for the device, however many there are.

    Where the loss is not finite the accuracy is nan: the argmax of nan is class 0, which is right
    for some.
    """
    sums = torch.stack([torch.stack(each).sum(dtype=torch.float64) for each in (losses, right)])
    loss, accuracy = (sums / samples).tolist()
    return loss, accuracy if math.isfinite(loss) else math.nan
